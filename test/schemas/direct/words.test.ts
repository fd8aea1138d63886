import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Words } from '../../../schemas/direct/words.ts'

describe('words', () => {
  it('are what was read, also where the memory they were read from is written again', () => {
    // Few letters and few slots: many words share a slot.
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), minLength: 3, maxLength: 3 })
    fc.assert(
      fc.property(fc.array(word, { minLength: 2, maxLength: 100 }), (texts) => {
        const words = new Words(',"w":', (value) => value, 2)
        // A Buffer, as files and requests are read: its slice is a view, not a copy as that of a Uint8Array.
        const memory = Buffer.alloc(3)
        for (const text of texts) {
          memory.write(text)
          const number = words.find(memory, 0, memory.length)
          expect(words.values[number]).toBe(text)
          expect(Buffer.from(words.pieces[number]!).toString()).toBe(`,"w":"${text}"`)
        }
      }),
    )
  })
})

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Words } from '../../../pipelines/scan/words.ts'
import { CellKey, cellHash, kindOf } from '../../../pipelines/windows/cell-key.ts'
import { ScannedKeys } from '../../../pipelines/windows/scanned-keys.ts'
import { DIMENSIONS, WINDOW_SETS } from '../../../schemas/windows.ts'

const WIDTH = DIMENSIONS.length + 2
const label = fc.constantFrom('', 'a', 'meta', 'Übergröße', '日本', 'x'.repeat(512))

it('says of words what a key of their texts says', () => {
  fc.assert(
    fc.property(fc.array(fc.array(label, { minLength: WIDTH, maxLength: WIDTH }), { maxLength: 20 }), (all) => {
      const words = new Words()
      const keys = new ScannedKeys(words)
      for (const labels of all) {
        const tape = Float64Array.from(labels, (text) => words.ofText(text))
        const places = Array.from({ length: WIDTH - 1 }, (_, n) => n)
        const key = keys.of(tape, 0, places, tape[WIDTH - 1]!)
        expect(keys.of(tape, 0, places, tape[WIDTH - 1]!)).toBe(key)
        expect(key.labels).toEqual(labels)
        for (const set of WINDOW_SETS) {
          const part = key.in(set, kindOf(set))
          const wanted = new CellKey(labels).in(set, kindOf(set))
          expect(part.labels).toEqual(wanted.labels)
          expect([...part.words.subarray(part.at, part.at + 4)]).toEqual([...wanted.words])
          expect([...wanted.words]).toEqual([...cellHash(wanted.labels)])
        }
      }
      expect(keys.size).toBe(new Set(all.map((labels) => labels.join('\0'))).size)
    }),
  )
})

it('keeps the hashes of keys that were given out, however many come and whatever is cleared', () => {
  const words = new Words()
  const keys = new ScannedKeys(words)
  const places = Array.from({ length: WIDTH - 1 }, (_, n) => n)
  const [set] = WINDOW_SETS
  const given: { campaign: string; key: CellKey }[] = []
  for (let n = 0; n < 3_000; n++) {
    if (n === 2_000) keys.clear()
    const tape = new Float64Array(WIDTH).fill(words.ofText('meta'))
    tape[2] = words.ofText(`c${n}`)
    given.push({ campaign: `c${n}`, key: keys.of(tape, 0, places, words.ofText('ad|')) })
  }
  for (const { campaign, key } of given) {
    const { at, labels, words: hashes } = key.in(set!, kindOf(set!))
    expect(labels[2]).toBe(campaign)
    expect([...hashes.subarray(at, at + 4)]).toEqual([...cellHash(labels)])
  }
})

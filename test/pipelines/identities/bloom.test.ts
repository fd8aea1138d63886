import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Bloom } from '../../../pipelines/identities/bloom.ts'
import { hash128 } from '../../../schemas/hash.ts'

const hashOf = (text: string) => {
  const out = new Uint32Array(4)
  hash128(text, 0, out)
  return out
}

describe('bloom filter', () => {
  it('never forgets what was added, whatever its size', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 300 }), fc.constantFrom(32, 64, 4096), (texts, bytes) => {
        const bloom = new Bloom(bytes)
        for (const text of texts) bloom.add(hashOf(text))
        for (const text of texts) expect(bloom.mayHave(hashOf(text))).toBe(true)
      }),
    )
  })

  it.each([
    { bitsPerEntry: 32, share: 0.0002 },
    { bitsPerEntry: 16, share: 0.003 },
    { bitsPerEntry: 8, share: 0.04 },
  ])('is wrong in at most $share of the questions at $bitsPerEntry bits an entry', ({ bitsPerEntry, share }) => {
    const bytes = 1 << 17
    const entries = (bytes * 8) / bitsPerEntry
    const bloom = new Bloom(bytes)
    for (let n = 0; n < entries; n++) bloom.add(hashOf(`demo\0shop\0order.observed\0${n}`))
    let wrong = 0
    const questions = 100_000
    for (let n = 0; n < questions; n++) if (bloom.mayHave(hashOf(`demo\0other\0order.observed\0${n}`))) wrong++
    expect(wrong / questions).toBeLessThan(share)
  })

  it('has nothing in the beginning and refuses sizes that are no power of two', () => {
    expect(new Bloom(32).mayHave(new Uint32Array(4))).toBe(false)
    for (const bytes of [0, 16, 33, 96, -64]) expect(() => new Bloom(bytes)).toThrow(RangeError)
  })
})

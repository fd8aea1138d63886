import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hash64Hex, hash128 } from '../../schemas/hash.ts'
import { murmur3x86_128 } from './support/murmur.ts'

describe('the reference used here', () => {
  it('is MurmurHash3: its verification value is the published one', () => {
    // SMHasher's own check: hash keys of 0 to 255 bytes with falling seeds, then hash all of the hashes.
    const hashes = Buffer.alloc(256 * 16)
    for (let length = 0; length < 256; length++) {
      const key = Buffer.from(Array.from({ length }, (_, byte) => byte))
      words(murmur3x86_128(key, 256 - length)).copy(hashes, length * 16)
    }
    expect(murmur3x86_128(hashes, 0)[0]).toBe(0xb3ece62a)
  })
})

describe('hash128', () => {
  // Vectors that many implementations of MurmurHash3 x86_128 share; two bytes make one unit.
  it.each([
    ['', '00000000000000000000000000000000'],
    ['01', '0f87acb4674f3b21674f3b21674f3b21'],
    ['I will not buy this record, it is scratched.', 'a0a9683b25ac5e40d9af2895890dddf5'],
    ['My hovercraft is full of eels.', 'e3a186aee169ba6c6a8bd9343c68fa9c'],
  ])('gives the published value of %j', (text, hash) => {
    expect(hex(hashOf(Buffer.from(text, 'latin1').toString('utf16le'), 0))).toBe(hash)
  })

  it('is MurmurHash3 x86_128 of the UTF-16 bytes, whatever the text, its length and the seed', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ unit: 'grapheme-ascii', maxLength: 200 }),
      // Units by themselves: half of a surrogate pair is a text too.
      fc.uint16Array({ maxLength: 20 }).map((units) => String.fromCharCode(...units)),
    )
    fc.assert(
      fc.property(text, fc.nat(), (value, seed) => {
        const bytes = Buffer.from(value, 'utf16le')
        expect([...hashOf(value, seed)]).toEqual(murmur3x86_128(bytes, seed))
      }),
      { numRuns: 2_000, seed: 128 },
    )
  })

  it('takes in every unit at every length around a block', () => {
    for (let length = 1; length <= 17; length++) {
      const base = 'x'.repeat(length)
      const seen = new Set([hex(hashOf(base, 0))])
      for (let at = 0; at < length; at++) seen.add(hex(hashOf(`${base.slice(0, at)}y${base.slice(at + 1)}`, 0)))
      expect(seen.size).toBe(length + 1)
    }
  })
})

describe('hash64Hex', () => {
  it('is the first half, 16 digits, leading zeros kept', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(hash64Hex(text)).toBe(hex(hashOf(text, 0)).slice(0, 16))
      }),
      { seed: 64 },
    )
    expect(hash64Hex('')).toBe('0000000000000000')
  })
})

function hashOf(text: string, seed: number): Uint32Array {
  const out = new Uint32Array(4)
  hash128(text, seed, out)
  return out
}

function hex(hash: Uint32Array): string {
  return [...hash].map((word) => word.toString(16).padStart(8, '0')).join('')
}

function words(hash: readonly number[]): Buffer {
  const bytes = Buffer.alloc(16)
  hash.forEach((word, at) => {
    bytes.writeUInt32LE(word, at * 4)
  })
  return bytes
}

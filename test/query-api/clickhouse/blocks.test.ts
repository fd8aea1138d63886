import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packBlocks, unpackBlocks } from '../../../query-api/clickhouse/blocks.ts'
import { cityHasher } from '../../../query-api/clickhouse/city-hash.ts'
import { lz4Packer } from '../../../query-api/clickhouse/lz4-pack.ts'
import { lz4Unpack } from '../../../query-api/clickhouse/lz4-unpack.ts'

/** Bytes (i · 7919) >> 3 for i below a length → high and low half, as go-faster/city's CH128 gives them. */
const HASHES: readonly (readonly [length: number, hash: string])[] = [
  [0, '3cb540c392e51e293df09dfc64c09a2b'],
  [1, 'f768684937e23970a04b71ab61de6422'],
  [3, '797d1c88650a8a49f7865984a1324f93'],
  [5, '8b3b1ad0dbcd505a1cd8ab03ce2a83ee'],
  [8, 'ad80fcc3cf5b9df33beb2551c454ce2e'],
  [9, '054c022d1d85c68effbeb6dac2357bca'],
  [15, 'af4e860326e38f4692e53f4eab0b0873'],
  [16, 'de33706e8c1dd555ec8431c5b1fe52e5'],
  [17, '8bdb8af0222b51a30b5171978917611e'],
  [31, '39b8792a3502eb12c4c617a2dee2064f'],
  [33, 'deedcfb5edbcd2fce10b1ae5b9be9643'],
  [127, '9352817a399b9c81c0ee3a24007cec44'],
  [128, 'c97760d8f8fc705be4eaf910cff545f1'],
  [143, '159eb4d0d76ebc6920870dc3799f1896'],
  [144, '616733bb61a0c9addeffac45b2d8b54e'],
  [145, '4326a345690a75ef41a0d5dd3798c5e3'],
  [200, 'b6110b7da3e9f9fd5a5cf7fc2f65762b'],
  [256, 'cc9623bdbc550051a577831285aeb76e'],
  [300, 'ef73b1f603c2b98c111833997b2538d8'],
  [5_000, '9c6e212d59aa6271fa99ad3a9b5c1d56'],
]

/** Texts with repetitions and noise, as answers are. */
const bytes = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 60 })), { maxLength: 20 })
  .map((parts) => Buffer.concat(parts.flatMap(([part, times]) => Array.from({ length: times }, () => part))))

describe('CityHash128', () => {
  const hash128 = cityHasher()
  it.each(HASHES)('of %i bytes', (length, hash) => {
    const data = Buffer.from(Array.from({ length }, (_, index) => (index * 7_919) >> 3))
    const out = hash128(data)
    const half = (at: number) => out.readBigUInt64LE(at).toString(16).padStart(16, '0')
    expect(half(8) + half(0)).toBe(hash)
  })
})

describe('LZ4', () => {
  it('gives back what was packed, and packs what repeats', () => {
    const lz4Pack = lz4Packer()
    fc.assert(
      fc.property(bytes, (data) => {
        expect(lz4Unpack(lz4Pack(data), data.length).equals(data)).toBe(true)
      }),
      { numRuns: 200 },
    )
    expect(lz4Pack(Buffer.alloc(100_000)).length).toBeLessThan(1_000)
  })

  it('reads a block that another program packed', () => {
    // liblz4 1.9.4; its match runs into what it writes itself.
    const block = '3f6162630300269374686520656e642c200900f00621000102030405060708090a0b0c0d0e0f10111213'
    const text = `${'abc'.repeat(20)}the end, the end!${String.fromCharCode(...Array(20).keys())}`
    expect(lz4Unpack(Buffer.from(block, 'hex'), text.length).toString()).toBe(text)
  })

  it('refuses what is no block', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(200), (noise, size) => {
        try {
          expect(lz4Unpack(Buffer.from(noise), size)).toHaveLength(size)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe("ClickHouse's blocks", () => {
  it('give back what was packed, however it came', async () => {
    const data = Buffer.from(Array.from({ length: 700_000 }, (_, index) => (index * index) >> 7))
    const packer = packBlocks()
    for (let at = 0; at < data.length; at += 99_991) packer.write(data.subarray(at, at + 99_991))
    packer.end()
    const packed = Buffer.concat(await packer.toArray())
    expect(unpackBlocks(packed, 1_000_000).equals(data)).toBe(true)
    expect(() => unpackBlocks(packed, 600_000)).toThrow(/larger than/)
    expect(() => unpackBlocks(packed.subarray(0, packed.length - 1), 1_000_000)).toThrow(/not made of/)
  })
})

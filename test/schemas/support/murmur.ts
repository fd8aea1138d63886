/**
 * MurmurHash3 x86_128 over bytes, in big integers and by the book (MurmurHash3.cpp, lines of the same names): slow, and
 * sharing nothing with the one that runs.
 */
export function murmur3x86_128(key: Uint8Array, seed: number): number[] {
  const h = [BigInt(seed), BigInt(seed), BigInt(seed), BigInt(seed)]
  const blocks = Math.floor(key.length / 16)
  for (let i = 0; i < blocks; i++) {
    for (let lane = 0; lane < 4; lane++) {
      h[lane]! ^= scramble(little(key, i * 16 + lane * 4, 4), lane)
      const { rotate, add } = BODY[lane]!
      h[lane] = u32((rotl(h[lane]!, rotate) + h[(lane + 1) % 4]!) * 5n + add)
    }
  }
  for (let lane = 3; lane >= 0; lane--) {
    const from = blocks * 16 + lane * 4
    const rest = Math.min(4, key.length - from)
    if (rest > 0) h[lane]! ^= scramble(little(key, from, rest), lane)
  }
  for (let lane = 0; lane < 4; lane++) h[lane]! ^= BigInt(key.length)
  gather(h)
  for (let lane = 0; lane < 4; lane++) h[lane] = fmix32(h[lane]!)
  gather(h)
  return h.map(Number)
}

const C = [0x239b961bn, 0xab0e9789n, 0x38b34ae5n, 0xa1e38b93n]
const SCRAMBLE = [15n, 16n, 17n, 18n]
const BODY = [
  { rotate: 19n, add: 0x561ccd1bn },
  { rotate: 17n, add: 0x0bcaa747n },
  { rotate: 15n, add: 0x96cd1c35n },
  { rotate: 13n, add: 0x32ac3b17n },
]

function scramble(k: bigint, lane: number): bigint {
  return u32(rotl(u32(k * C[lane]!), SCRAMBLE[lane]!) * C[(lane + 1) % 4]!)
}

function gather(h: bigint[]): void {
  h[0] = u32(h[0]! + h[1]! + h[2]! + h[3]!)
  for (let lane = 1; lane < 4; lane++) h[lane] = u32(h[lane]! + h[0]!)
}

function fmix32(x: bigint): bigint {
  let h = x
  h = u32((h ^ (h >> 16n)) * 0x85ebca6bn)
  h = u32((h ^ (h >> 13n)) * 0xc2b2ae35n)
  return h ^ (h >> 16n)
}

function little(bytes: Uint8Array, at: number, length: number): bigint {
  let value = 0n
  for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i]!)
  return value
}

function rotl(x: bigint, r: bigint): bigint {
  return u32((x << r) | (x >> (32n - r)))
}

function u32(x: bigint): bigint {
  return x & 0xffffffffn
}

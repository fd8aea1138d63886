import { cityRounds, ROUND_BYTES, type Rounds } from './city-rounds.ts'

/**
 * CityHash128 of version 1.0.2, the checksum of ClickHouse's compressed blocks (later versions of CityHash give other
 * numbers). After Pike and Alakuijala's city.cc as it lies in ClickHouse's contrib/cityhash102, whose names are kept.
 *
 * What is long goes through `cityRounds`; here are the beginning and the end, and short texts. A hasher keeps the memory
 * that it works in, as large as the longest text that it was given.
 */
export function cityHasher(): CityHash128 {
  const work = cityRounds()
  return (data) => cityHash128(data, work)
}

/** @returns 16 bytes: low half, then high half, each little-endian, as they stand in a block */
export type CityHash128 = (data: Buffer) => Buffer

function cityHash128(data: Buffer, work: Rounds): Buffer {
  const length = data.length
  const out = Buffer.alloc(16)
  if (length >= 16) {
    cityHash128WithSeed(data.subarray(16), data.readBigUInt64LE(0) ^ K3, data.readBigUInt64LE(8), out, work)
  } else if (length >= 8) {
    const low = data.readBigUInt64LE(0) ^ mul(BigInt(length), K0)
    cityHash128WithSeed(data.subarray(0, 0), low, data.readBigUInt64LE(length - 8) ^ K1, out, work)
  } else {
    cityHash128WithSeed(data, K0, K1, out, work)
  }
  return out
}

const K0 = 0xc3a5c85c97cb3127n
const K1 = 0xb492b66fbe98f273n
const K2 = 0x9ae16a3b2f90404fn
const K3 = 0xc949d7c7509e6557n
const K_MUL = 0x9ddfea08eb382d69n

function cityHash128WithSeed(s: Buffer, seed_low: bigint, seed_high: bigint, out: Buffer, work: Rounds): void {
  if (s.length < 128) {
    cityMurmur(s, seed_low, seed_high, out)
    return
  }
  // Longer than 128 bytes: 56 bytes of state, 128 bytes a round.
  const length = BigInt(s.length)
  const rounds = Math.floor(s.length / 128)
  const v = add(mul(rotate(seed_high ^ K1, 49n), K1), s.readBigUInt64LE(0))
  const z0 = mul(length, K1)
  const state = BigUint64Array.of(
    seed_low,
    seed_high,
    z0,
    v,
    add(mul(rotate(v, 42n), K1), s.readBigUInt64LE(8)),
    add(mul(rotate(add(seed_high, z0), 35n), K1), seed_low),
    mul(rotate(add(seed_low, s.readBigUInt64LE(88)), 53n), K1),
  )
  work(s, (rounds * 128) / ROUND_BYTES, state)
  let [x, y, z, v1, v2, w1, w2] = state as unknown as [bigint, bigint, bigint, bigint, bigint, bigint, bigint]
  y = add(y, add(mul(rotate(w1, 37n), K0), z))
  x = add(x, mul(rotate(add(v1, z), 49n), K0))
  // What is left is read in steps of 32 bytes from the end, over bytes that were read before if need be.
  const left = s.length - rounds * 128
  for (let done = 0; done < left; ) {
    done += 32
    const from = s.length - done
    y = add(mul(rotate(sub(y, x), 42n), K0), v2)
    w1 = add(w1, s.readBigUInt64LE(from + 16))
    x = add(mul(rotate(x, 49n), K0), w1)
    w1 = add(w1, v1)
    const [first, second] = weakHashLen32(s, from, v1, v2)
    v1 = first
    v2 = second
  }
  x = hashLen16(x, v1)
  y = hashLen16(y, w1)
  out.writeBigUInt64LE(add(hashLen16(add(x, v2), w2), y), 0)
  out.writeBigUInt64LE(hashLen16(add(x, w2), add(y, v2)), 8)
}

/** For short texts. */
function cityMurmur(s: Buffer, seed_low: bigint, seed_high: bigint, out: Buffer): void {
  let a = seed_low
  let b = seed_high
  let c: bigint
  let d: bigint
  let left = s.length - 16
  if (left <= 0) {
    a = mul(shiftMix(mul(a, K1)), K1)
    c = add(mul(b, K1), hashLen0to16(s))
    d = shiftMix(add(a, s.length >= 8 ? s.readBigUInt64LE(0) : c))
  } else {
    c = hashLen16(add(s.readBigUInt64LE(s.length - 8), K1), a)
    d = hashLen16(add(b, BigInt(s.length)), add(c, s.readBigUInt64LE(s.length - 16)))
    a = add(a, d)
    for (let at = 0; left > 0; at += 16, left -= 16) {
      a = mul(a ^ mul(shiftMix(mul(s.readBigUInt64LE(at), K1)), K1), K1)
      b ^= a
      c = mul(c ^ mul(shiftMix(mul(s.readBigUInt64LE(at + 8), K1)), K1), K1)
      d ^= c
    }
  }
  a = hashLen16(a, c)
  b = hashLen16(d, b)
  out.writeBigUInt64LE(a ^ b, 0)
  out.writeBigUInt64LE(hashLen16(b, a), 8)
}

function weakHashLen32(s: Buffer, at: number, seed_a: bigint, seed_b: bigint): [bigint, bigint] {
  const z = s.readBigUInt64LE(at + 24)
  const a = add(seed_a, s.readBigUInt64LE(at))
  const b = rotate(add(add(seed_b, a), z), 21n)
  const middle = add(add(a, s.readBigUInt64LE(at + 8)), s.readBigUInt64LE(at + 16))
  return [add(middle, z), add(add(b, rotate(middle, 44n)), a)]
}

function hashLen0to16(s: Buffer): bigint {
  const length = s.length
  if (length > 8) {
    const a = s.readBigUInt64LE(0)
    const b = s.readBigUInt64LE(length - 8)
    return hashLen16(a, rotate(add(b, BigInt(length)), BigInt(length))) ^ b
  }
  if (length >= 4) {
    const a = BigInt(s.readUInt32LE(0))
    return hashLen16(add(BigInt(length), a << 3n), BigInt(s.readUInt32LE(length - 4)))
  }
  if (length === 0) return K2
  const y = BigInt(s[0]! + (s[length >> 1]! << 8))
  const z = BigInt(length + (s[length - 1]! << 2))
  return mul(shiftMix(mul(y, K2) ^ mul(z, K3)), K2)
}

function hashLen16(u: bigint, v: bigint): bigint {
  let a = mul(u ^ v, K_MUL)
  a ^= a >> 47n
  let b = mul(v ^ a, K_MUL)
  b ^= b >> 47n
  return mul(b, K_MUL)
}

function shiftMix(value: bigint): bigint {
  return value ^ (value >> 47n)
}

function rotate(value: bigint, bits: bigint): bigint {
  return BigInt.asUintN(64, value << (64n - bits)) | (value >> bits)
}

function add(a: bigint, b: bigint): bigint {
  return BigInt.asUintN(64, a + b)
}

function sub(a: bigint, b: bigint): bigint {
  return BigInt.asUintN(64, a - b)
}

function mul(a: bigint, b: bigint): bigint {
  return BigInt.asUintN(64, a * b)
}

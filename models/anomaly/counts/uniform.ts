/**
 * A number on (0, 1) that follows from a series and a bucket: discrete p-values are randomised by it, and a replay gets
 * the same. Two rounds of the finaliser of MurmurHash3 (Austin Appleby, public domain).
 */
export function uniformOf(series: number, bucket: number): number {
  const mixed = mix(mix(series | 0) ^ Math.imul(bucket | 0, 0x9e3779b1))
  return ((mixed >>> 0) + 0.5) / 4294967296
}

function mix(value: number): number {
  let h = value ^ (value >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}

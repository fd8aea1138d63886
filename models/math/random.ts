/** Uniform on [0, 1). Models draw from nothing else: the caller seeds it, so that the same inputs give the same numbers. */
export type Random = () => number

/**
 * A seeded generator (sfc32 of Chris Doty-Humphrey, PractRand's recommendation for 32-bit arithmetic; period ≥ 2^32,
 * 2^127 on average). The first twelve values are thrown away, so that near seeds do not begin alike.
 *
 * @param seed any finite number; only its 32 low bits count
 * @param stream independent sequences of one seed
 */
export function seeded(seed: number, stream = 0): Random {
  let a = seed | 0
  let b = stream | 0
  let c = 0x9e3779b9 | 0
  let counter = 1
  const next = () => {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + t
    return (t >>> 0) / 4294967296
  }
  for (let i = 0; i < 12; i++) next()
  return next
}

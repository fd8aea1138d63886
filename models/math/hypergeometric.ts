/** Relative size of a term below which the rest of a series is left out. */
const TINY = 1e-16
const TERMS_MAX = 100_000

/**
 * Gauss' hypergeometric function 2F1(a, b; c; z) for 0 ≤ z < 1, by its series. Where c − a − b < 0 the series of
 * Euler's transform (1−z)^(c−a−b) 2F1(c−a, c−b; c; z) is the one that converges fast and without overflow
 * (Abramowitz and Stegun 15.3.3).
 *
 * @param c no integer ≤ 0
 */
export function hyp2f1(a: number, b: number, c: number, z: number): number {
  const rest = c - a - b
  return rest < 0 ? (1 - z) ** rest * series(c - a, c - b, c, z) : series(a, b, c, z)
}

function series(a: number, b: number, c: number, z: number): number {
  let term = 1
  let sum = 1
  for (let j = 0; j < TERMS_MAX; j++) {
    const ratio = (((a + j) * (b + j)) / ((c + j) * (j + 1))) * z
    term *= ratio
    sum += term
    // Terms may grow before they fall: the end is near only when they fall.
    if (Math.abs(term) <= TINY * Math.abs(sum) && Math.abs(ratio) < 1) return sum
  }
  return Number.NaN
}

/**
 * ln of 2F1(1, b; c; z) for 0 ≤ z < 1 and c > b > 0: what is left of Pareto/NBD's two hypergeometric functions after
 * Euler's transform. All terms are positive: no digit is lost.
 *
 * Its terms shrink by z only, so close to 1 Gauss' continued fraction takes over (A&S 15.1.1 with DLMF 15.7.5), whose
 * steps shrink by ((1−√(1−z))/(1+√(1−z)))².
 */
export function hyp2f1One(b: number, c: number, z: number): number {
  if (z > 0.8) return continuedFraction(b, c, z)
  let term = 1
  let sum = 1
  for (let j = 0; j < TERMS_MAX; j++) {
    term *= ((b + j) / (c + j)) * z
    sum += term
    if (term <= TINY * sum) return sum
  }
  return Number.NaN
}

/** 2F1(b, 1; c; z) = 1/(1 − k1 z/(1 − k2 z/(1 − …))) with b = a', c = c'+1 of Gauss' contiguous pair; modified Lentz. */
function continuedFraction(b: number, c: number, z: number): number {
  const below = c - 1
  let f = 1
  let C = 1
  let D = 0
  for (let n = 0; n < TERMS_MAX; n++) {
    // Odd steps (b+m)(below+m)/((below+2m)(below+2m+1)), even ones (m+1)(below−b+m+1)/((below+2m+1)(below+2m+2)).
    const m = n >> 1
    const k =
      n % 2 === 0
        ? ((b + m) * (below + m)) / ((below + 2 * m) * (below + 2 * m + 1))
        : ((m + 1) * (below - b + m + 1)) / ((below + 2 * m + 1) * (below + 2 * m + 2))
    D = 1 / (1 - k * z * D)
    C = 1 - (k * z) / C
    const step = C * D
    f *= step
    if (Math.abs(step - 1) < 1e-15) return 1 / f
  }
  return Number.NaN
}

import type { Random } from './random.ts'

/** Standard normal, Box and Muller's polar form (Marsaglia and Bray 1964); its second value is not kept. */
export function drawNormal(random: Random): number {
  for (;;) {
    const u = 2 * random() - 1
    const v = 2 * random() - 1
    const s = u * u + v * v
    if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s)
  }
}

/** Standard exponential; never 0 and never infinite. */
export function drawExponential(random: Random): number {
  return -Math.log(1 - random())
}

/**
 * Gamma with rate 1. Marsaglia and Tsang 2000; below shape 1 by the boost u^(1/shape), which may underflow to 0 for
 * shapes near 0, as the distribution itself does.
 *
 * @param shape > 0
 */
export function drawGamma(random: Random, shape: number): number {
  if (shape < 1) return drawGamma(random, shape + 1) * (1 - random()) ** (1 / shape)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = drawNormal(random)
    const v = (1 + c * x) ** 3
    if (v <= 0) continue
    const u = 1 - random()
    if (u < 1 - 0.0331 * x ** 4 || Math.log(u) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v
  }
}

/** Beta as a quotient of gammas. @param a, b > 0 */
export function drawBeta(random: Random, a: number, b: number): number {
  const x = drawGamma(random, a)
  const y = drawGamma(random, b)
  // Both underflow only where both shapes are near 0: the mass then sits at the ends.
  return x + y > 0 ? x / (x + y) : random() < a / (a + b) ? 1 : 0
}

/** Above this mean a Poisson is drawn by its gamma waiting times and not one arrival after the other. */
const POISSON_BY_PRODUCT_MAX = 12

/** Poisson. Knuth's product of uniforms for small means; large ones are halved by gamma waiting times (Ahrens, Dieter 1974). */
export function drawPoisson(random: Random, mean: number): number {
  let rest = mean
  let count = 0
  while (rest > POISSON_BY_PRODUCT_MAX) {
    const jump = Math.floor(rest * 0.875)
    const waited = drawGamma(random, jump)
    if (waited > rest) return count + drawBinomial(random, jump - 1, rest / waited)
    count += jump
    rest -= waited
  }
  const limit = Math.exp(-rest)
  for (let product = random(); product > limit; product *= random()) count++
  return count
}

/** Binomial by halving with beta order statistics, so that 10,000 trials cost a dozen draws (Relles 1972). */
export function drawBinomial(random: Random, trials: number, p: number): number {
  let n = trials
  let q = p
  let count = 0
  while (n > 16) {
    const i = (n + 1) >> 1
    const middle = drawBeta(random, i, n + 1 - i)
    if (middle <= q) {
      count += i
      n -= i
      q = middle < 1 ? (q - middle) / (1 - middle) : 0
    } else {
      n = i - 1
      q = q / middle
    }
  }
  for (let i = 0; i < n; i++) if (random() < q) count++
  return count
}

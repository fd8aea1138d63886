import { nelderMead } from '../math/nelder-mead.ts'

export type Fit = {
  readonly parameters: readonly number[]
  /** Of the data alone, without the prior. */
  readonly log_likelihood: number
  readonly evaluations: number
}

/** ln of each parameter is normal around the ln of `around`, with this standard deviation; Infinity leaves it free. */
export type Prior = { readonly around: readonly number[]; readonly sd: readonly number[] }

/** Beyond these no data are better explained, and only digits are lost. */
const LN_MAX = 14

/**
 * Most likely positive parameters, searched on their logs from `start`. With a prior, the most probable ones: a shop
 * too small to tell its own is taken as an ordinary one.
 *
 * @param logLikelihood NaN or −∞ where parameters cannot be
 */
export function fitParameters(
  logLikelihood: (parameters: readonly number[]) => number,
  start: readonly number[],
  { prior, tolerance = 1e-7, step = 0.4 }: { prior?: Prior; tolerance?: number; step?: number } = {},
): Fit {
  const penalty = (ln: readonly number[]) =>
    prior === undefined
      ? 0
      : ln.reduce((sum, value, i) => sum + ((value - Math.log(prior.around[i]!)) / prior.sd[i]!) ** 2 / 2, 0)
  const found = nelderMead(
    (ln) => (ln.some((value) => Math.abs(value) > LN_MAX) ? Infinity : penalty(ln) - logLikelihood(ln.map(Math.exp))),
    start.map(Math.log),
    { tolerance, step, restarts: 2 },
  )
  const parameters = found.x.map(Math.exp)
  return { parameters, log_likelihood: penalty(found.x) - found.value, evaluations: found.evaluations }
}

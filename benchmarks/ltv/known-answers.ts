import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bgBbLogLikelihood } from '../../models/ltv/bg-bb.ts'
import { bgNbd } from '../../models/ltv/bg-nbd.ts'
import { fitParameters } from '../../models/ltv/fit.ts'
import { gammaGammaLogLikelihood, gammaGammaMean } from '../../models/ltv/gamma-gamma.ts'
import { mbgCnbdK } from '../../models/ltv/mbg-cnbd-k.ts'
import { paretoNbd } from '../../models/ltv/pareto-nbd.ts'
import { toRows } from '../../models/ltv/rows.ts'
import { CDNOW_CUT, readCdnowSample, readDonations, rowsOf, spendingAgain } from './cdnow.ts'

const LL_OFF_MAX = 0.01
const PARAMETERS_OFF_MAX = 0.005
const CUSTOMERS_OFF_MAX = 1e-6

/**
 * The models on the sample of the papers against what reference packages say: log-likelihoods at the best fit, the
 * largest relative deviation of a parameter, the largest deviation of a value of a customer at published parameters.
 *
 * @throws Error where one of them is off: then no other figure means anything
 */
export function knownAnswers(folder: string) {
  const expected = JSON.parse(readFileSync(join(folder, 'expected_cdnow_sample.json'), 'utf8')) as Expected
  const all = readCdnowSample(folder)
  const rows = rowsOf(all, CDNOW_CUT)
  const spending = spendingAgain(all, CDNOW_CUT)
  const donors = readDonations(folder)
  const buying = ([bgNbd, paretoNbd, mbgCnbdK(1)] as const).map((model) =>
    fitParameters((parameters) => model.logLikelihood(parameters, rows), model.start),
  )
  const gamma_gamma = fitParameters((parameters) => gammaGammaLogLikelihood(parameters, spending), [1, 2, 10])
  const bg_bb = fitParameters((parameters) => bgBbLogLikelihood(parameters, donors), [1, 1, 1, 1])
  const { bgnbd, paretonbd, mbgnbd, gammagamma } = expected.fit
  const pairs = [...buying, gamma_gamma].map((fit, i) => ({ fit, known: [bgnbd, paretonbd, mbgnbd, gammagamma][i]! }))
  const parameters_off = Math.max(
    ...pairs.flatMap(({ fit, known }) =>
      Object.values(known.params).map((value, i) => Math.abs(fit.parameters[i]! / value - 1)),
    ),
  )
  const ll_off = Math.max(
    ...pairs.map(({ fit, known }) => Math.abs(fit.log_likelihood - known.ll)),
    Math.abs(bg_bb.log_likelihood + 33225.58),
  )
  const customers_off = offOfCustomers(expected)
  if (!(ll_off <= LL_OFF_MAX && parameters_off <= PARAMETERS_OFF_MAX && customers_off <= CUSTOMERS_OFF_MAX)) {
    throw new Error(`known answers missed: ${JSON.stringify({ ll_off, parameters_off, customers_off })}`)
  }
  const [bg_nbd, pareto_nbd, mbg_nbd] = buying.map((fit) => fit.log_likelihood) as [number, number, number]
  return {
    ll: { bg_nbd, pareto_nbd, mbg_nbd, gamma_gamma: gamma_gamma.log_likelihood, bg_bb: bg_bb.log_likelihood },
    ll_off,
    parameters_off,
    customers_off,
  }
}

function offOfCustomers({ at_published_params, customers_at_published_params }: Expected): number {
  const { bgnbd, paretonbd } = at_published_params
  const rows = toRows(customers_at_published_params.map(({ x, tx, T }) => ({ x, t_x: tx, T })))
  const alive = bgNbd.aliveOf(bgnbd, rows)
  const [bg39, bg13] = [bgNbd.ordersOf(bgnbd, rows, 39), bgNbd.ordersOf(bgnbd, rows, 13)]
  const pareto39 = paretoNbd.ordersOf(paretonbd, rows, 39)
  // The published Gamma-Gamma has two digits.
  const off = customers_at_published_params.flatMap((known, i) => {
    const row = rows.of[i]!
    return [
      alive[row]! - known.bg_palive,
      bg39[row]! - known.bg_E39,
      bg13[row]! - known.bg_E13,
      pareto39[row]! - known.pn_E39,
      gammaGammaMean([6.25, 3.74, 15.44], known.x, known.zbar) - known.gg_mean,
    ]
  })
  return Math.max(...off.map(Math.abs))
}

type Fitted = { readonly params: Readonly<Record<string, number>>; readonly ll: number }
type Expected = {
  readonly fit: Readonly<Record<'bgnbd' | 'paretonbd' | 'mbgnbd' | 'gammagamma', Fitted>>
  readonly at_published_params: { readonly bgnbd: readonly number[]; readonly paretonbd: readonly number[] }
  readonly customers_at_published_params: readonly Readonly<
    Record<'x' | 'tx' | 'T' | 'zbar' | 'bg_palive' | 'bg_E39' | 'bg_E13' | 'pn_E39' | 'gg_mean', number>
  >[]
}

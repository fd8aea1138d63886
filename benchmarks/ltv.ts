import { join } from 'node:path'
import type { Transactions } from '../models/ltv/customers.ts'
import { seeded } from '../models/math/random.ts'
import { sharedData } from '../test/support/shared-data.ts'
import type { Bench, Benchmark, Figures } from './benchmark.ts'
import { accuracyAt } from './ltv/accuracy.ts'
import { bootstrap } from './ltv/bootstrap.ts'
import { CDNOW_CUT, CDNOW_DAY_0, CDNOW_LAST, readCdnow } from './ltv/cdnow.ts'
import { challengerScores } from './ltv/challenger.ts'
import { type Covered, coverageAt, share, together } from './ltv/coverage.ts'
import { knownAnswers } from './ltv/known-answers.ts'
import { simulateShop } from './ltv/simulate-shop.ts'
import { speed } from './ltv/speed.ts'

/** Customer lifetime value: known answers, accuracy on CDNOW, intervals that hold, speed. */
export const ltv: Benchmark = {
  name: 'ltv',
  about: 'customer value on CDNOW (23,570 customers) and on simulated shops whose truth is known',
  sizes: { events: 23_570, runs: 500 },
  smoke: { events: 1_000, runs: 2 },
  goals: [
    { figure: 'll_off', at_most: 0.01 },
    { figure: 'parameters_off', at_most: 0.005 },
    { figure: 'customers_off', at_most: 1e-6 },
    { figure: 'rmse_273', at_most: 92.7 },
    { figure: 'rmse_365', at_most: 122.6 },
    { figure: 'gini_273', at_least: 0.72 },
    { figure: 'gini_365', at_least: 0.668 },
    { figure: 'decile_mape_273', at_most: 0.23 },
    { figure: 'decile_mape_365', at_most: 0.23 },
    { figure: 'mae_273', at_most: 32.7 },
    { figure: 'mae_365', at_most: 46 },
    { figure: 'crps_273', at_most: 22.2 },
    { figure: 'crps_365', at_most: 31.2 },
    ...between('pit_95_90', 0.94, 0.96),
    ...between('pit_95_273', 0.94, 0.96),
    ...between('pit_95_365', 0.94, 0.96),
    ...between('totals_30', 0.59, 0.97),
    { figure: 'totals_90', at_least: 0.44 },
    ...between('cohorts_30', 0.7, 0.9),
    ...between('cohorts_90', 0.7, 0.9),
    ...between('simulated_totals', 0.77, 0.83),
    ...between('simulated_cohorts', 0.77, 0.83),
    { figure: 'fit_bg_nbd_cpu_s', at_most: 1 },
    { figure: 'fit_pareto_nbd_cpu_s', at_most: 2.5 },
    { figure: 'us_per_order', at_most: 50 },
  ],
  shows: ['simulated_pit_95', 'origins_30', 'origins_90', 'simulated_shops'],
  async run(bench) {
    const data = sharedData('customer value on CDNOW')
    const simulated = onSimulatedShops(bench)
    if (data === undefined) return { ...NO_CDNOW, ...simulated }
    const folder = join(data, 'ltv')
    const known = knownAnswers(folder)
    bench.say(`known answers: ln L at most ${known.ll_off.toFixed(4)} off`)
    const all = readCdnow(folder).slice(0, bench.size('events'))
    const challenger = await challengerScores(all, bench.say)
    return {
      ...known,
      ...accuracy(all, bench),
      ...challenger,
      ...rolling(all, bench),
      ...simulated,
      ...speed(all, CDNOW_CUT),
    }
  },
}

function between(figure: string, at_least: number, at_most: number) {
  return [
    { figure, at_least },
    { figure, at_most },
  ]
}

/** The papers' cut, and half a year with a year to come; and the middle of the papers' half, which no goal is about. */
function accuracy(all: readonly Transactions[], bench: Bench) {
  const cuts = [
    [272, 273],
    [180, 365],
    [136, 136],
  ] as const
  const figures: Record<string, number | Record<string, readonly [number, number]>> = {}
  for (const [cut, horizon] of cuts) {
    const { middle_90, ...scores } = accuracyAt(all, CDNOW_DAY_0 + cut, horizon)
    for (const [name, value] of Object.entries(scores)) figures[`${name}_${horizon}`] = Number(value.toPrecision(5))
    figures[`middle_90_${horizon}`] = middle_90
    bench.say(`cut at day ${cut}, ${horizon} days: ${JSON.stringify(scores)}`)
  }
  return figures
}

/** The last ones that mature within the data; fewer where fewer shops are asked for. */
const ORIGINS = { 30: 29, 90: 25 } as const

/** Weekly origins, each from what was known then. */
function rolling(all: readonly Transactions[], bench: Bench) {
  const figures: Figures = {}
  for (const horizon of [30, 90] as const) {
    const origins = Array.from(
      { length: Math.min(ORIGINS[horizon], bench.size('runs')) },
      (_, k) => CDNOW_LAST - horizon - 7 * k,
    )
    const covered = origins.map((origin) => {
      bench.signal.throwIfAborted()
      return coverageAt(all, CDNOW_DAY_0 + origin, horizon, origin)
    })
    Object.assign(figures, sharesOf(covered, '', `_${horizon}`, Math.ceil(horizon / 7)), {
      [`origins_${horizon}`]: origins.length,
    })
    bench.say(`${origins.length} origins, ${horizon} days: ${JSON.stringify(figures)}`)
  }
  return figures
}

const RESAMPLES = 1_000

/** By turns 30 and 90 days; the length of the history is drawn, 26 to 78 weeks. */
function onSimulatedShops(bench: Bench) {
  const shops = bench.size('runs')
  const covered = Array.from({ length: shops }, (_, i) => {
    bench.signal.throwIfAborted()
    const random = seeded(i, 1)
    const weeks = 26 + Math.floor(random() * 53)
    const shop = simulateShop(random, weeks + 13)
    return coverageAt(shop.all, shop.first_day + weeks * 7 - 1, i % 2 === 0 ? 30 : 90, i)
  })
  const figures = sharesOf(covered, 'simulated_', '', 1)
  bench.say(`${shops} simulated shops: ${JSON.stringify(figures)}`)
  return { simulated_shops: shops, ...figures }
}

/** @param block  origins whose horizons overlap, drawn together; 1 where each is a shop of its own */
function sharesOf(covered: readonly Covered[], prefix: string, suffix: string, block: number): Figures {
  const shares = (picked: readonly number[]) => {
    const some = picked.map((i) => covered[i]!)
    return {
      [`${prefix}totals${suffix}`]: share(together(some.map(({ total }) => total))),
      [`${prefix}cohorts${suffix}`]: share(together(some.map(({ cohorts }) => cohorts))),
      [`${prefix}pit_95${suffix}`]: share(together(some.map(({ customers }) => customers))),
    }
  }
  return {
    ...shares([...covered.keys()]),
    [`${prefix}middle_90${suffix}`]: bootstrap(covered.length, shares, RESAMPLES, seeded(1, 3), block),
  }
}

const NO_CDNOW = Object.fromEntries(
  [
    ...['ll_off', 'parameters_off', 'customers_off', 'fit_bg_nbd_cpu_s', 'fit_pareto_nbd_cpu_s', 'us_per_order'],
    ...['rmse', 'gini', 'decile_mape', 'mae', 'crps', 'pit_95'].flatMap((name) => [`${name}_273`, `${name}_365`]),
    ...['pit_95_90', 'totals_30', 'totals_90', 'cohorts_30', 'cohorts_90', 'origins_30', 'origins_90'],
  ].map((name) => [name, null]),
)

import { shippedModel } from '../models/fatigue/shipped.ts'
import type { Benchmark } from './benchmark.ts'
import { replayFatigue } from './replayed-year/fatigue.ts'
import { replayLtv } from './replayed-year/ltv.ts'
import { linesOf, type Row } from './replayed-year/table.ts'

/** A year replayed: one table of how forecasts of customer value and of fatigue turned out, by horizon. */
export const replayedYear: Benchmark = {
  name: 'replayed-year',
  about: 'a year of simulated accounts and shops, replayed: forecasts, how many matured, coverage, calibration, skill',
  // Ad accounts, so many days each; a fifth as many shops, week by week.
  sizes: { runs: 40, events: 365 },
  smoke: { runs: 1, events: 42 },
  // Days, of which fewer would let nothing mature that is forecast for fourteen.
  ranges: { events: { min: 42, max: 1_000 } },
  goals: [
    { figure: 'fatigue_coverage_80', at_least: 0.75 },
    { figure: 'fatigue_coverage_80', at_most: 0.9 },
    { figure: 'ltv_coverage_80', at_least: 0.75 },
    { figure: 'ltv_coverage_80', at_most: 0.87 },
    { figure: 'fatigue_skill', at_least: 0.1 },
    { figure: 'ltv_skill', at_least: 0.1 },
  ],
  shows: ['rows'],
  async run(bench) {
    const accounts = bench.size('runs')
    const { model, name } = shippedModel()
    const days = bench.size('events')
    bench.say(`${accounts} ad accounts, ${days} days each`)
    const fatigue = replayFatigue({ model, name }, accounts, days, bench.signal)
    const [shops, weeks] = [Math.ceil(accounts / 5), Math.floor(days / 7)]
    bench.say(`${shops} shops, ${weeks} weeks each`)
    const ltv = replayLtv(shops, weeks, bench.signal)
    const rows = [...ltv, ...fatigue]
    for (const line of linesOf(rows)) bench.say(line)
    return {
      fatigue_coverage_80: mean(fatigue, 'coverage_80'),
      fatigue_skill: mean(fatigue, 'skill'),
      ltv_coverage_80: mean(ltv, 'coverage_80'),
      ltv_skill: mean(ltv, 'skill'),
      rows,
    }
  },
}

function mean(rows: readonly Row[], of: 'coverage_80' | 'skill'): number | null {
  const values = rows.map((row) => row[of]).filter((value) => value !== null)
  return values.length === 0 ? null : Number((values.reduce((sum, one) => sum + one, 0) / values.length).toFixed(4))
}

import { streamsReport } from './anomaly/streams-report.ts'
import type { Benchmark } from './benchmark.ts'
import { stateReport } from './detection/state.ts'

/** What the detector of counts promises, on series and worlds that it was not developed on. */
export const detection: Benchmark = {
  name: 'detection',
  about: 'alerts on ad counts: p-values and false alerts on 20,000 series of a known law, memory of a million',
  sizes: { events: 16_800_000 },
  smoke: { events: 84_000 },
  goals: [
    { figure: 'null_p_off_most', at_most: 0.2 },
    { figure: 'null_alerts_per_knob', at_most: 1.2 },
    { figure: 'mixed_false_share', at_most: 0.11 },
    { figure: 'million_series_gb', at_most: 2 },
  ],
  shows: ['null_alerts_per_knob_90', 'mixed_false_share_90', 'mixed_found', 'mixed_issues', 'mixed_found_of_large'],
  async run(bench) {
    const points = bench.size('events')
    return {
      ...stateReport(Math.max(STATES_MIN, Math.round(points / POINTS_A_STATE))),
      ...streamsReport(points, SEED, (text) => bench.say(text)),
    }
  },
}

/** Nothing was chosen by what these series gave. */
const SEED = 31
/** A million states with the 84 million points of 100,000 series. */
const POINTS_A_STATE = 84
/** With fewer, what else the process has hides them. */
const STATES_MIN = 50_000

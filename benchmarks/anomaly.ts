import { join } from 'node:path'
import { parseRow } from '../bin/detect/parse-row.ts'
import { makeMemory, STATE_BYTES } from '../models/anomaly/memory.ts'
import { isAlert, scoreOf, scorePoint } from '../models/anomaly/score-point.ts'
import { seeded } from '../models/math/random.ts'
import { sharedData } from '../test/support/shared-data.ts'
import { streamsReport } from './anomaly/streams-report.ts'
import { COUNT_STATE_BYTES } from './anomaly/watch-counts.ts'
import type { Bench, Benchmark } from './benchmark.ts'
import { type NabFile, readNab } from './nab/corpus.ts'
import { type JudgedFile, nabReport } from './nab/report.ts'
import { mixed } from './support/draw.ts'
import { rounded } from './support/statistics.ts'

/** The detector behind `omnify detect` on the Numenta Anomaly Benchmark; ad counts on series of known law; their speed. */
export const anomaly: Benchmark = {
  name: 'anomaly',
  about:
    'the detector on 38 files of the Numenta Anomaly Benchmark; ad counts on 10,000 series of a known law; their speed',
  sizes: { events: 8_400_000 },
  smoke: { events: 84_000 },
  goals: [
    { figure: 'nab_standard', at_least: 63 },
    { figure: 'nab_low_fp', at_least: 52 },
    { figure: 'nab_standard_other_categories', at_least: 58 },
    { figure: 'event_f1', at_least: 0.5 },
    { figure: 'points_per_cpu_s', at_least: 300_000 },
    { figure: 'state_bytes', at_most: 1_500 },
    { figure: 'null_p_off_most', at_most: 0.2 },
    { figure: 'null_alerts_per_knob', at_most: 1.2 },
    { figure: 'mixed_false_share', at_most: 0.11 },
    { figure: 'count_points_per_cpu_s', at_least: 300_000 },
  ],
  shows: [
    'nab_standard_90',
    'event_f1_90',
    'nab_low_fp_other_categories',
    'windows_hit',
    'windows',
    'false_alarms',
    'mixed_found',
    'mixed_issues',
  ],
  async run(bench) {
    const data = sharedData('the Numenta Anomaly Benchmark')
    const judged = data === undefined ? null : (await readNab(join(data, 'nab'))).map(judge)
    if (judged !== null) bench.say(`${judged.length} files scored`)
    return {
      ...(judged === null ? NO_NAB : nabReport(judged, seeded(1))),
      ...speed(bench),
      state_bytes: Math.max(STATE_BYTES, COUNT_STATE_BYTES),
      ...streamsReport(bench.size('events'), STREAMS_SEED, (text) => bench.say(text)),
    }
  },
}

/** Series that the detector of counts was developed on; `detection` has others. */
const STREAMS_SEED = 21

const NO_NAB = { nab_standard: null, nab_low_fp: null, nab_standard_other_categories: null, event_f1: null }

/** Row by row, with nothing known of the rest; the same rounding as `omnify detect` prints. */
function judge(file: NabFile): JudgedFile {
  const memory = makeMemory(1)
  const scores = new Float64Array(file.values.length)
  const alerts = new Uint8Array(file.values.length)
  for (let row = 0; row < scores.length; row++) {
    const parsed = parseRow(`${file.timestamps[row]},${file.values[row]}`)
    if (parsed.kind === 'error') throw new Error(`${file.name}, row ${row}: ${parsed.reason}`)
    const evidence = scorePoint(memory, 0, parsed.row.time_s, parsed.row.value)
    scores[row] = Number(scoreOf(evidence).toFixed(6))
    alerts[row] = isAlert(evidence) ? 1 : 0
  }
  return { file, scores, alerts }
}

const SERIES = 1_000
const STEP_S = 300

/** Points per second of processor time on one core, of series that come by turns as they do from a stream. */
function speed(bench: Bench) {
  const memory = makeMemory(SERIES)
  const points = bench.size('events')
  const begun = process.cpuUsage()
  let alerts = 0
  for (let i = 0; i < points; i++) {
    const round = Math.floor(i / SERIES)
    // A triangle over the day with noise: costs nothing to make, and every stream has work.
    const value = Math.abs((round % 288) - 144) + (mixed(i) % 64)
    if (isAlert(scorePoint(memory, i % SERIES, round * STEP_S, value))) alerts++
  }
  const { user, system } = process.cpuUsage(begun)
  const cpu_s = (user + system) / 1e6
  return {
    points,
    points_per_cpu_s: Math.round(points / cpu_s),
    ns_per_point: Math.round((cpu_s * 1e9) / points),
    speed_alerts_per_million: rounded((alerts * 1e6) / points),
  }
}

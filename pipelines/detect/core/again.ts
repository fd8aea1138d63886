import { combined } from '../../../models/anomaly/counts/combine.ts'
import { TESTS } from '../../../models/anomaly/counts/evidence.ts'
import type { Expected } from '../../../models/anomaly/counts/expectation.ts'
import { uniformOf } from '../../../models/anomaly/counts/uniform.ts'
import type { Tick } from './closed-bucket.ts'
import { GRAINS } from './grain.ts'
import { METRICS, related, seriesKey } from './scope.ts'
import type { ScopeSeries } from './scope-series.ts'
import { deviationOf, LOOKED_AT } from './span.ts'
import { FAMILY_OF, type TenantState } from './state.ts'

/** The last bucket that is off as it is known now, and how likely it is that any is. */
export type Again = { readonly start_ms: number; readonly p: number }

/**
 * Tests the buckets of a series again that were restated since they were judged, against what was expected of them then.
 * Conversions come for days, so that there are more of them is no news; that some were taken back is.
 *
 * @param law of the newest bucket, for what is unsure of one is unsure of all; null of a series that is not tested
 * @returns undefined where nothing was restated, or nothing that matters
 */
export function testAgain(
  { book, calibrations, incidents }: TenantState,
  { grain, restated = [] }: Pick<Tick, 'grain' | 'restated'>,
  of: ScopeSeries,
  metric: number,
  law: Expected | null,
): Again | undefined {
  const name = METRICS[metric]!
  const at = of.at[metric]!
  const p_values = new Float64Array(TESTS)
  const told = incidents.filter(({ ended_ms }) => ended_ms === null)
  const found: Again[] = []
  for (const { start_ms, sums } of restated) {
    const bucket = Math.floor(start_ms / GRAINS[grain].ms)
    const count = sums.get(of.scope)?.[name] ?? 0
    // What was told of stays as it was told: `takeBack` holds it against what is known now.
    if (told.some(({ onset_ms, scope }) => start_ms >= onset_ms && related(scope, of.scope))) continue
    const known = book.noted(at, bucket)
    if (known === undefined || (name === 'conversions' && count > known.observed)) continue
    if (!book.restate(at, bucket, count) || law === null) continue
    book.testAgain(at, bucket, law, uniformOf(of.seeds[metric]!, bucket), p_values)
    found.push({ start_ms, p: combined(p_values, known.expected, calibrations[FAMILY_OF[metric]!]) })
  }
  const p = found.length * Math.min(...found.map((one) => one.p))
  if (found.length === 0 || p > LOOKED_AT) return undefined
  // What is off ends with the last bucket that is.
  const { start_ms } = found.findLast((one) => one.p <= LOOKED_AT)!
  const isSmall = deviationOf(book, seriesKey(name, of.scope), { grain, start_ms }) === undefined
  return isSmall ? undefined : { start_ms, p }
}

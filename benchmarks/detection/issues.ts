import type { Injection, InjectionKind } from '../../ingest/world/injection.ts'
import { powerOfChange } from '../../models/anomaly/counts/power.ts'
import type { CauseClass } from '../../models/root-cause/classify.ts'
import { type Metric, TESTED } from '../../pipelines/detect/core/scope.ts'
import { HOUR_MS } from '../../schemas/zone.ts'
import { spanOf } from './draw-world.ts'
import { type Found, type Seen, tickKey } from './watch-world.ts'

/** What became of one injected issue. */
export type Outcome = {
  readonly kind: InjectionKind
  /** Whether some series had the counts to tell within a bucket, and whether it had three times as many. */
  readonly above_bound: boolean
  readonly above_three: boolean
  /** Buckets from its beginning to its first alert; null where there was none. */
  readonly delay: number | null
  /** What its first alert said that it was, in the end. */
  readonly cause: CauseClass | null
  readonly alerts: number
}

/** One-sided, and how often it is to be found: what the bound is a bound of. */
const P = 1e-4
const POWER = 0.8
/** Squared relative standard deviation of a bucket besides its counting: the luck of a day, and a level known to 5 %. */
const DISPERSION = 0.0025
/** Buckets after the beginning of which the effect is taken; of what grows slowly, all. */
const FIRST = 6

/**
 * Holds what was seen of a world with issues against the issues, and against the same world without any.
 *
 * @returns an outcome for each issue, and the alerts that belong to none
 */
export function judgeIssues(injections: readonly Injection[], seen: Seen, twin: Seen) {
  const taken = new Set<Found>()
  const outcomes = injections.map((injection): Outcome => {
    const mine = seen.found.filter((found) => isOf(found, injection))
    for (const found of mine) taken.add(found)
    const [first] = mine.toSorted((a, b) => a.incident.opened_ms - b.incident.opened_ms)
    return {
      kind: injection.kind,
      above_bound: isTold(injection, seen, twin, 1),
      above_three: isTold(injection, seen, twin, 3),
      delay: first === undefined ? null : Math.max(0, first.incident.opened_ms - injection.from_ms) / HOUR_MS,
      cause: first?.cause ?? null,
      alerts: mine.length,
    }
  })
  return { outcomes, others: seen.found.filter((found) => !taken.has(found)) }
}

/** Told while the issue lasts, of something that it touches. What all of a shop suffers touches everything. */
function isOf({ incident }: Found, injection: Injection): boolean {
  const { to_ms } = spanOf(injection)
  // The report of an hour comes after its end: one that is late may be of the hour before reports began to be.
  const from_ms = injection.from_ms - (injection.kind === 'reporting_delay' ? HOUR_MS : 0)
  if (incident.opened_ms <= from_ms || incident.opened_ms > to_ms) return false
  const { campaign, platform } = injection.scope
  if (platform === undefined || incident.metric === 'orders') return true
  const scope = JSON.parse(incident.scope) as string[]
  if (scope[0] !== undefined && scope[0] !== platform) return false
  return campaign === undefined || scope[2] === undefined || scope[2] === campaign
}

/** Whether some series' buckets, of a `times`-th of their volume, would tell. */
function isTold({ from_ms, kind, to_ms }: Injection, seen: Seen, twin: Seen, times: number): boolean {
  const first = Math.ceil(from_ms / HOUR_MS) * HOUR_MS
  const end = kind === 'creative_fatigue' ? to_ms : Math.min(to_ms, first + FIRST * HOUR_MS)
  const sums = new Map<string, { usual: number; now: number; buckets: number }>()
  for (let at = first; at + HOUR_MS <= end; at += HOUR_MS) {
    for (const group of twin.groups) {
      const usual = twin.ticks.get(tickKey(group, at))
      const now = seen.ticks.get(tickKey(group, at))
      for (const [scope, counts] of usual?.tick.sums ?? []) {
        for (const metric of TESTED) {
          const key = `${metric} ${scope}`
          const sum = sums.get(key) ?? { usual: 0, now: 0, buckets: 0 }
          sums.set(key, sum)
          sum.usual += counts[metric] ?? 0
          sum.now += now === undefined || now.is_late ? 0 : (now.tick.sums.get(scope)?.[metric as Metric] ?? 0)
          sum.buckets++
        }
      }
    }
  }
  return [...sums.values()].some(({ buckets, now, usual }) => {
    const mean = usual / buckets / times
    if (mean < 1 || Math.abs(now / usual - 1) < SMALLEST) return false
    return powerOfChange({ mean, dispersion: DISPERSION, zeros: 0 }, now / usual, P) >= POWER
  })
}

/** Nobody would look at less. */
const SMALLEST = 0.1

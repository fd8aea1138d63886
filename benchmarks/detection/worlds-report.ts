import { INJECTION_KINDS } from '../../ingest/world/injection.ts'
import { type Random, seeded } from '../../models/math/random.ts'
import { DAY_MS } from '../../schemas/zone.ts'
import type { Figures } from '../benchmark.ts'
import { bootstrap } from '../ltv/bootstrap.ts'
import { percentile, rounded } from '../support/statistics.ts'
import { drawTroubled, FROM_MS } from './draw-world.ts'
import { judgeIssues, type Outcome } from './issues.ts'
import { watchWorld } from './watch-world.ts'

/** What one world gave: its issues, and the alerts that none of them explains in so many days of so many series. */
type Lived = { readonly outcomes: readonly Outcome[]; readonly false_alerts: number; readonly series_days: number }

/**
 * Simulated businesses in which things go wrong, each lived through twice, with its issues and without.
 *
 * @param first_seed of the worlds; those that follow are theirs
 */
export function worldsReport(
  worlds: number,
  issues: number,
  first_seed: number,
  say: (text: string) => void,
  signal: AbortSignal,
): Figures {
  const lived: Lived[] = []
  for (let n = 0; n < worlds; n++) {
    signal.throwIfAborted()
    lived.push(live(first_seed + n, issues))
    say(`world ${n + 1} of ${worlds} lived through`)
  }
  const outcomes = lived.flatMap((one) => one.outcomes)
  const chance = seeded(first_seed, -1)
  return {
    ad_issues: outcomes.length,
    ad_issues_above_bound: outcomes.filter(({ above_bound }) => above_bound).length,
    ad_issues_above_three: outcomes.filter(({ above_three }) => above_three).length,
    ...withIntervals(outcomes, scoresOfIssues, chance),
    ...withIntervals(lived, scoresOfWorlds, chance),
    alerts_an_issue: rounded(mean(outcomes.filter(({ alerts }) => alerts > 0).map(({ alerts }) => alerts)), 2),
    recall_by_class: Object.fromEntries(INJECTION_KINDS.map((kind) => [kind, foundOf(outcomes, kind)])),
    class_confusion: Object.fromEntries(INJECTION_KINDS.map((kind) => [kind, saidOf(outcomes, kind)])),
  }
}

function live(seed: number, issues: number): Lived {
  const { injections, spec } = drawTroubled(seed, issues)
  const twin = watchWorld(spec, [])
  const seen = watchWorld(spec, injections)
  const { others, outcomes } = judgeIssues(injections, seen, twin)
  const days = (spec.first_day + spec.days - FROM_MS / DAY_MS) * 2
  return { outcomes, false_alerts: others.length + twin.found.length, series_days: days * twin.series }
}

function scoresOfIssues(outcomes: readonly Outcome[]) {
  const above = outcomes.filter(({ above_bound }) => above_bound)
  const three = above.filter(({ above_three }) => above_three)
  return {
    recall: share(above, ({ delay }) => delay !== null),
    delay_p95_buckets: delayOf(above),
    delay_p95_buckets_at_three: delayOf(three),
    ad_class_macro_f1: macroF1(outcomes),
  }
}

function scoresOfWorlds(lived: readonly Lived[]) {
  const alerts = lived.reduce((sum, one) => sum + one.false_alerts, 0)
  const days = lived.reduce((sum, one) => sum + one.series_days, 0)
  return { false_alerts_per_1000_series_days: (1_000 * alerts) / days }
}

/** Each score, and its middle 90 % when what it is of is drawn anew. */
function withIntervals<T>(
  of: readonly T[],
  scores: (some: readonly T[]) => Readonly<Record<string, number>>,
  random: Random,
) {
  const middle_90 = bootstrap(of.length, (picked) => scores(picked.map((at) => of[at]!)), 1_000, random)
  return Object.fromEntries(
    Object.entries(scores(of)).flatMap(([name, score]): [string, number | readonly number[]][] => [
      [name, rounded(score, 3)],
      [`${name}_90`, middle_90[name]!],
    ]),
  )
}

/** Of issues that were found, for what was never found is a miss of the recall; where none was, later than any could be. */
function delayOf(outcomes: readonly Outcome[]): number {
  const delays = outcomes.flatMap(({ delay }) => (delay === null ? [] : [delay]))
  return percentile(delays, 95) ?? NEVER
}

/** Two weeks of hours: as long as an incident may last. */
const NEVER = 336

/** Over the classes of the issues that were found; what is said to be `unknown` is a miss. */
function macroF1(outcomes: readonly Outcome[]): number {
  const found = outcomes.filter(({ cause }) => cause !== null)
  const kinds = INJECTION_KINDS.filter((kind) => found.some((one) => one.kind === kind))
  const scores = kinds.map((name) => {
    const is = found.filter(({ kind }) => kind === name).length
    const said = found.filter(({ cause }) => cause === name).length
    const right = found.filter(({ cause, kind }) => kind === name && cause === name).length
    return (2 * right) / (is + said)
  })
  return mean(scores)
}

/** Found and above the bound, e.g. "7 of 8". */
function foundOf(outcomes: readonly Outcome[], kind: string): string {
  const above = outcomes.filter((one) => one.kind === kind && one.above_bound)
  return `${above.filter(({ delay }) => delay !== null).length} of ${above.length}`
}

function saidOf(outcomes: readonly Outcome[], kind: string): Record<string, number> {
  const said: Record<string, number> = {}
  for (const { cause, kind: is } of outcomes) {
    if (is !== kind) continue
    const name = cause ?? 'not found'
    said[name] = (said[name] ?? 0) + 1
  }
  return said
}

function share<T>(of: readonly T[], is: (one: T) => boolean): number {
  return of.length === 0 ? 0 : of.filter(is).length / of.length
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

import type { AlertScope } from '../../../schemas/alerts.ts'

/** Where a series is: everything, a platform, an account, a campaign; finer ones are the business of root causes. */
export const LEVELS = ['platform', 'account', 'campaign'] as const

/**
 * Counts that are learnt. Spend, in whole units of its currency, and the number of report rows are signals, not tests:
 * clicks and prices move the one, and the other says whether a report is complete.
 */
export const METRICS = ['impressions', 'clicks', 'spend', 'conversions', 'reports', 'orders'] as const
export type Metric = (typeof METRICS)[number]
export const TESTED: ReadonlySet<Metric> = new Set<Metric>(['impressions', 'clicks', 'conversions', 'orders'])

/** One text for a scope, by which it is found again. */
export function scopeKey(scope: AlertScope): string {
  return keyOfPath(LEVELS.map((level) => scope[level] ?? ''))
}

/** {@link scopeKey} of what each of {@link LEVELS} is called; '' where there is none. */
export function keyOfPath(path: readonly string[]): string {
  let length = path.length
  while (length > 0 && path[length - 1] === '') length--
  return JSON.stringify(length === path.length ? path : path.slice(0, length))
}

export function scopeOfKey(key: string): AlertScope {
  const path = JSON.parse(key) as string[]
  return Object.fromEntries(path.flatMap((value, at) => (value === '' ? [] : [[LEVELS[at]!, value]])))
}

export function seriesKey(metric: Metric, scope: string): string {
  return `${metric} ${scope}`
}

export function partsOf(series: string): { readonly metric: Metric; readonly scope: string } {
  const space = series.indexOf(' ')
  return { metric: series.slice(0, space) as Metric, scope: series.slice(space + 1) }
}

/** The keys above a scope, nearest first; everything is last. */
export function ancestorsOf(scope: string): string[] {
  const path = JSON.parse(scope) as string[]
  return path.map((_, at) => keyOfPath(path.slice(0, path.length - 1 - at)))
}

/** Whether one of two scopes holds the other. */
export function related(a: string, b: string): boolean {
  return a === b || holds(a, b) || holds(b, a)
}

/** Whether everything of `inner` is in `outer`. */
export function holds(outer: string, inner: string): boolean {
  const wanted = Object.entries(scopeOfKey(outer))
  const path = scopeOfKey(inner)
  return wanted.every(([level, value]) => path[level] === value)
}

/** The narrowest scope that holds both. */
export function commonScope(a: string, b: string): string {
  const [one, other] = [scopeOfKey(a), scopeOfKey(b)]
  const common: Record<string, string> = {}
  for (const level of LEVELS) {
    if (one[level] !== other[level]) break
    if (one[level] !== undefined) common[level] = one[level]
  }
  return scopeKey(common)
}

/** The group of everything that comes from shops; all others are named by their platform, which never has a blank. */
export const COMMERCE = 'the shop'

export function groupOfSeries(metric: Metric, scope: string): string {
  return metric === 'orders' ? COMMERCE : scopeOfKey(scope).platform!
}

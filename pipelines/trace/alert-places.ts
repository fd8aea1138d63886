import { type AlertGrain, type AlertRecord, parseAlert } from '../../schemas/alerts.ts'
import { measureOf } from '../../schemas/metrics.ts'
import { instantOf, parseDay } from '../../schemas/zone.ts'
import type { Store } from '../store/client.ts'
import type { WindowPlace } from './window-places.ts'

/** An alert in whose numbers an event is, as its newest revision has it. */
export type AlertPlace = Pick<
  AlertRecord,
  'id' | 'revision' | 'state' | 'kind' | 'title' | 'metric' | 'grain' | 'scope' | 'onset_at' | 'ended_at'
>

/**
 * The alerts that each list of windows has a part in: of the alert's own grain, within its scope, between its onset and
 * its end, and with a sum that its metric is made of. A window that does not hold the event has no part in any.
 *
 * @param zone of the tenant, in which alerts count days
 */
export async function alertPlaces(
  store: Store,
  tenant: string,
  zone: string,
  windows: readonly (readonly WindowPlace[])[],
): Promise<AlertPlace[][]> {
  const parts = windows.map((places) => places.filter(({ state }) => HELD.has(state)).map((at) => partOf(at, zone)))
  const times = parts.flat().map(({ at_ms }) => at_ms)
  if (times.length === 0) return windows.map(() => [])
  // What no revision changes is asked of all of them; the rest is for the newest to say.
  const rows = await store.query<[string]>(
    `SELECT record FROM alerts WHERE tenant = {tenant:String} AND onset_at <= fromUnixTimestamp64Milli({last:Int64})
     ORDER BY revision DESC, seq DESC LIMIT 1 BY id`,
    { tenant, last: times.reduce((a, b) => Math.max(a, b)) },
    { format: 'JSONCompactEachRow' },
  )
  const alerts = rows.map(([bytes]) => parseAlert(bytes)).sort((a, b) => (placeInTime(a) < placeInTime(b) ? -1 : 1))
  return parts.map((mine) => alerts.filter((alert) => mine.some((part) => isIn(part, alert))).map(placeOf))
}

const HELD: ReadonlySet<WindowPlace['state']> = new Set(['counted', 'expired'])
const GRAINS: Readonly<Record<string, AlertGrain>> = { windows_5m: '5m', windows_hour: 'hour', windows_day: 'day' }

type Part = Pick<WindowPlace, 'key' | 'adds'> & { readonly grain: AlertGrain | undefined; readonly at_ms: number }

/** A day is looked for by its noon, since the zone of an account need not be the tenant's. */
function partOf({ adds, day, key, set, start }: WindowPlace, zone: string): Part {
  const at_ms = start === undefined ? instantOf(zone, parseDay(day)!, NOON_MIN) : Date.parse(start)
  return { key, adds, grain: GRAINS[set], at_ms }
}

const NOON_MIN = 720

function isIn({ adds, at_ms, grain, key }: Part, { last_at, metric, onset_at, scope, state, ...alert }: AlertRecord) {
  if (grain !== alert.grain || at_ms < Date.parse(onset_at)) return false
  // One that is open is told again from time to time only: its last revision does not say how far it has come.
  if (state !== 'open' && state !== 'updated' && at_ms >= Date.parse(last_at)) return false
  return (
    Object.entries(scope).every(([dimension, value]) => key[dimension] === value) &&
    sumsOf(metric).some((sum) => adds[sum] !== undefined)
  )
}

/** The columns of windows that a metric is made of. */
function sumsOf(metric: string): readonly string[] {
  const measure = measureOf.get(metric)
  if (measure?.kind === 'sum') return [...measure.plus, ...measure.minus]
  return measure?.kind === 'ratio' ? [...sumsOf(measure.numerator), ...sumsOf(measure.denominator)] : []
}

function placeInTime({ id, onset_at }: AlertRecord): string {
  return `${onset_at} ${id}`
}

function placeOf(alert: AlertRecord): AlertPlace {
  const { id, revision, state, kind, title, metric, grain, scope, onset_at, ended_at } = alert
  return { id, revision, state, kind, title, metric, grain, scope, onset_at, ended_at }
}

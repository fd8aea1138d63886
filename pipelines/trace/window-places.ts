import { WINDOW_SETS, WINDOW_SUMS, type WindowSet } from '../../schemas/windows.ts'
import { formatDay, parseDay } from '../../schemas/zone.ts'
import type { Store } from '../store/client.ts'
import { Changes } from '../windows/changes.ts'
import type { Contribution } from '../windows/contribution.ts'
import { belongs, Page } from '../windows/page.ts'
import { CONTRIBUTING, type StoredFact } from '../windows/stored-facts.ts'
import type { Observed } from './observations.ts'

/** A window that an observation falls into. */
export type WindowPlace = {
  readonly set: string
  readonly day: string
  /** Start of the window, where it is shorter than a day. */
  readonly start?: string
  /** Values of the set's dimensions, currency and slice. */
  readonly key: Readonly<Record<string, string>>
  /** What it adds there, by measure. */
  readonly adds: Readonly<Record<string, string>>
  /**
   * `counted`: the row holds it. `missing`: there is no row that does. `expired`: the set keeps its windows for some days
   * only. `superseded`: it was taken back out for a newer observation; `older`: it came late and was never put in.
   */
  readonly state: 'counted' | 'missing' | 'expired' | 'superseded' | 'older'
  /** The row, summed over everything in it: version, `applied` (all before this offset is in it) and observations. */
  readonly row?: { readonly version: string; readonly applied: string; readonly n: string }
}

/** The windows of each observation, worked out from its fact row by the code that filled them. */
export async function windowPlaces(
  store: Store,
  topic: string,
  tenant: string,
  observed: readonly Observed[],
): Promise<WindowPlace[][]> {
  const places: WindowPlace[][] = []
  for (const one of observed) {
    const fact = await factOf(store, topic, tenant, one)
    const mine: WindowPlace[] = []
    if (fact?.contribution !== undefined) {
      for (const set of WINDOW_SETS) {
        const place = await placeIn(store, set, one, fact.contribution, fact.received_ms)
        if (place !== undefined) mine.push(place)
      }
    }
    places.push(mine)
  }
  return places
}

async function factOf(store: Store, topic: string, tenant: string, { day, offset, partition, type }: Observed) {
  const reader = CONTRIBUTING.get(type)
  if (reader === undefined) return undefined
  const [row] = await store.query<StoredFact>(
    `SELECT toUnixTimestamp64Milli(received_at) AS received_ms, ${reader.columns} FROM ${reader.table}
     WHERE tenant = {tenant:String} AND day = {day:Date} AND _topic = {topic:String}
       AND _partition = {partition:UInt16} AND _offset = {offset:Int64}`,
    { tenant, day, topic, partition, offset },
  )
  if (row === undefined) return undefined
  return { contribution: reader.read(tenant, parseDay(day)!, row), received_ms: Number(row.received_ms) }
}

async function placeIn(
  store: Store,
  set: WindowSet,
  observed: Observed,
  contribution: Contribution,
  received_ms: number,
): Promise<WindowPlace | undefined> {
  const changes = new Changes()
  changes.add(contribution, 1, observed.offset, received_ms)
  if (!belongs(set, changes.slots, 0)) return undefined
  const page = new Page(set, contribution.tenant, contribution.day)
  page.add(changes, 0)
  const start_ms = page.startOf(0)
  const row = await rowOf(store, set, page, observed.partition)
  const labels = [...set.dimensions, 'currency', 'slice']
  return {
    set: set.name,
    day: formatDay(contribution.day),
    ...(set.grain === 'day' ? {} : { start: new Date(start_ms).toISOString() }),
    key: Object.fromEntries(labels.map((label, at) => [label, page.labelsOf(0)[at]!])),
    adds: Object.fromEntries(
      contribution.places.map((place, at) => [WINDOW_SUMS[place]!, String(contribution.values[at]!)]),
    ),
    state: stateOf(set, observed, row),
    ...(row === undefined ? {} : { row }),
  }
}

function stateOf(set: WindowSet, { current, offset, state }: Observed, row: WindowPlace['row']): WindowPlace['state'] {
  if (state === 'older') return 'older'
  if (!current) return 'superseded'
  if (row !== undefined && Number(row.applied) > offset) return 'counted'
  return set.keep_days === undefined ? 'missing' : 'expired'
}

async function rowOf(store: Store, set: WindowSet, page: Page, partition: number): Promise<WindowPlace['row']> {
  const [row] = await store.query<NonNullable<WindowPlace['row']>>(
    `SELECT toString(version) AS version, toString(applied) AS applied, toString(n) AS n FROM ${set.name} FINAL
     WHERE tenant = {tenant:String} AND day = {day:Date} AND _partition = {partition:UInt16}
       AND cell = toFixedString(unhex({cell:String}), 16)
       ${set.grain === 'day' ? '' : 'AND start = toDateTime({start:UInt32})'}`,
    {
      tenant: page.tenant,
      day: formatDay(page.day),
      partition,
      cell: Buffer.from(page.hashes.buffer, 0, 16).toString('hex'),
      start: page.startOf(0) / 1000,
    },
  )
  return row
}

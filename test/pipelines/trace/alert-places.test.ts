import { beforeAll, describe, expect, it } from 'vitest'
import { alertPlaces } from '../../../pipelines/trace/alert-places.ts'
import type { WindowPlace } from '../../../pipelines/trace/window-places.ts'
import { type AlertRecord, alertBytes } from '../../../schemas/alerts.ts'
import { createTables, insert } from '../../query-api/support/fill.ts'
import { alert } from '../../support/alert.ts'
import { useStore } from '../../support/store.ts'

const test = useStore()
const id = (n: number) => `alr_${String(n).padStart(32, '0')}`

const TIKTOK = { scope: { platform: 'tiktok' } }
const OVER = { revision: 2, state: 'resolved', ended_at: '2026-01-02T13:00:00.000Z' } as const
const DAYS = {
  grain: 'day',
  // Days of New York.
  onset_at: '2026-01-02T05:00:00.000Z',
  last_at: '2026-01-04T05:00:00.000Z',
} as const
const ALERTS: readonly AlertRecord[] = [
  alert({ id: id(1), metric: 'orders', scope: {} }),
  alert({ id: id(2), metric: 'cpc', ...TIKTOK }),
  alert({ id: id(2), metric: 'cpc', ...TIKTOK, ...OVER }),
  alert({ id: id(3), metric: 'revenue', ...TIKTOK, ...DAYS, revision: 1, state: 'retracted' }),
  alert({ id: id(4), metric: 'spend', scope: { platform: 'tiktok', country: 'DE' }, ...DAYS }),
  alert({ id: id(5), metric: 'orders', tenant: 'u' }),
]

beforeAll(async () => {
  await createTables(test.store)
  const rows = ALERTS.map((record, seq) => ({
    ...{ tenant: record.tenant, id: record.id, revision: record.revision, seq, state: record.state },
    ...{ onset_at: record.onset_at, record: alertBytes(record) },
  }))
  await insert(test.store, 'alerts', rows)
})

const place = (over: Partial<WindowPlace>): WindowPlace => ({
  set: 'windows_hour',
  day: '2026-01-02',
  start: '2026-01-02T11:00:00.000Z',
  key: { platform: 'tiktok', country: 'DE' },
  adds: { n: '1', spend_micros: '5', spend_n: '1' },
  state: 'counted',
  ...over,
})
const day = (over: Partial<WindowPlace> = {}): WindowPlace => {
  const { start, ...rest } = place({ set: 'windows_day', ...over })
  return rest
}
const found = async (...windows: WindowPlace[]) => {
  const [mine] = await alertPlaces(test.store, 't', 'America/New_York', [windows])
  return mine!.map((alert) => Number(alert.id.slice(4)))
}

describe('the alerts about an event', () => {
  it.each<[string, number[], Partial<WindowPlace>]>([
    ['of a ratio that it has a part in', [2], {}],
    ['in its first hour', [2], { start: '2026-01-02T10:00:00.000Z' }],
    ['not before its onset', [], { start: '2026-01-02T09:00:00.000Z' }],
    ['not after the last hour that was judged', [], { start: '2026-01-02T12:00:00.000Z' }],
    ['not of another platform', [], { key: { platform: 'meta' } }],
    ['not of other sums', [1], { adds: { n: '1', orders: '1' } }],
    [
      'of an open one, however long ago it was last told',
      [1],
      { adds: { orders: '1' }, start: '2026-01-09T12:00:00.000Z' },
    ],
    ['not where its window does not hold it', [], { state: 'missing' }],
    ['not where it was taken back out', [], { state: 'superseded' }],
    ['where its window has expired since', [2], { state: 'expired' }],
    ['not of another grain', [], { set: 'windows_day_campaign' }],
  ])('are those %s', async (_, alerts, window) => expect(await found(place(window))).toEqual(alerts))

  it.each<[string, number[], Partial<WindowPlace>]>([
    ['within the scope', [4], {}],
    [
      'on the last day of one that was taken back',
      [3, 4],
      { day: '2026-01-03', adds: { gross_micros: '1', spend_micros: '1' } },
    ],
    ['not a day later', [4], { day: '2026-01-04', adds: { gross_micros: '1', spend_micros: '1' } }],
    ['not the day before', [], { day: '2026-01-01' }],
    ['not of another country', [], { key: { platform: 'tiktok', country: 'AT' } }],
  ])('by day are those %s', async (_, alerts, window) => expect(await found(day(window))).toEqual(alerts))

  it('come once each, as their newest revisions, for each observation by itself', async () => {
    const both = place({ adds: { orders: '1', spend_micros: '1' } })
    const lists = await alertPlaces(test.store, 't', 'America/New_York', [[both, day()], [], [place({})]])
    expect(lists.map((list) => list.map((alert) => [Number(alert.id.slice(4)), alert.revision, alert.state]))).toEqual([
      [
        [4, 1, 'open'],
        [1, 1, 'open'],
        [2, 2, 'resolved'],
      ],
      [],
      [[2, 2, 'resolved']],
    ])
  })
})

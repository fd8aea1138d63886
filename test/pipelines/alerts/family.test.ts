import { describe, expect, it } from 'vitest'
import { parentAmong } from '../../../pipelines/alerts/family.ts'
import { withFamily } from '../../../pipelines/detect/family.ts'
import { type Watched, watch } from '../../../pipelines/detect/tenant.ts'
import type { Store } from '../../../pipelines/store/client.ts'
import type { AlertRecord } from '../../../schemas/alerts.ts'
import { alert } from '../../support/alert.ts'

const ended = { state: 'resolved', ended_at: '2026-01-02T13:00:00.000Z' } as const
const id = (n: number) => `alr_${String(n).padStart(32, '0')}`
const all = alert({ id: id(1), kind: 'anomaly' })
const decline = alert({ id: id(2), kind: 'trend', scope: { platform: 'tiktok' } })
const hour = alert({ id: id(3), kind: 'anomaly', scope: { platform: 'tiktok' } })
const rule = alert({ id: id(4), kind: 'threshold', scope: { platform: 'tiktok', campaign: 'c' } })
const creative = alert({ id: id(5), kind: 'fatigue', scope: { platform: 'tiktok', creative: 'C12' } })

describe('the alert that another one is within', () => {
  it.each<[string, AlertRecord, AlertRecord[], string | null]>([
    ['an hour that is off within a decline', hour, [decline], decline.id],
    ['what a rule says, within the nearest of two of one scope', rule, [decline, hour], hour.id],
    ['a creative, within the narrower scope', creative, [all, decline], decline.id],
    ['what holds everything', rule, [all], all.id],
    ['nothing of another scope', rule, [alert({ id: id(6), scope: { platform: 'meta' } })], null],
    ['nothing that is over', rule, [{ ...hour, ...ended }], null],
    ['no other of its kind', hour, [all], null],
    ['no narrower kind', decline, [alert({ id: id(7), kind: 'threshold' })], null],
  ])('%s', (_, record, candidates, parent) => {
    expect(parentAmong(record, candidates)).toBe(parent)
    expect(parentAmong(record, candidates.toReversed())).toBe(parent)
  })
})

describe('the alerts of one look', () => {
  const storeWith = (children: [string, string][]) => ({ query: async () => children }) as unknown as Store

  function watched(trends: AlertRecord[], cases: AlertRecord[]): Watched {
    const one = watch('t')
    for (const record of trends) one.trends.told.set(record.scope.platform!, { record } as never)
    for (const record of cases) one.cases.set(record.id, { record, incident: {}, facts: {}, causes: [] } as never)
    return one
  }

  it('are tied together: the child knows its parent, the parent is told of again', async () => {
    const told = await withFamily(storeWith([]), watched([decline], [hour]), [{ record: hour, life: 'kept' }])
    expect(told.map(({ record }) => [record.id, record.revision, record.parent, record.children])).toEqual([
      [hour.id, 1, decline.id, []],
      [decline.id, 2, null, [hour.id]],
    ])
    expect(told[0]!.life).toBe('kept')
    expect(told[1]).toMatchObject({ record: { state: 'updated', reason: 'grew' }, life: '{}' })
  })

  it('have the children that others raised, once', async () => {
    const of = watched([decline], [])
    const store = storeWith([[decline.id, creative.id]])
    expect((await withFamily(store, of, [])).map(({ record }) => record.children)).toEqual([[creative.id]])
    expect(await withFamily(store, of, [])).toEqual([])
  })

  it('without relatives stay as they are', async () => {
    const own = [{ record: hour, life: '' }]
    expect(await withFamily(storeWith([]), watched([], [hour]), own)).toEqual(own)
    const over = { ...decline, ...ended }
    expect(await withFamily(storeWith([]), watched([over], [hour]), own)).toEqual(own)
  })
})

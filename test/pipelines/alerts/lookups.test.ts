import { beforeAll, expect, it } from 'vitest'
import { parentOf, readChildren } from '../../../pipelines/alerts/family.ts'
import { wasTold } from '../../../pipelines/alerts/told.ts'
import { type AlertRecord, alertBytes } from '../../../schemas/alerts.ts'
import { createTables, insert } from '../../query-api/support/fill.ts'
import { alert } from '../../support/alert.ts'
import { useStore } from '../../support/store.ts'

const test = useStore()
const id = (n: number) => `alr_${String(n).padStart(32, '0')}`
const decline = alert({ id: id(1), kind: 'trend', scope: { platform: 'tiktok' } })
const over = alert({ id: id(2), kind: 'anomaly', scope: { platform: 'tiktok' } })
const rule = alert({ id: id(3), kind: 'threshold', scope: { platform: 'tiktok' }, parent: decline.id })
const RESOLVED = { revision: 2, state: 'resolved', ended_at: '2026-01-02T13:00:00.000Z' } as const

beforeAll(async () => {
  await createTables(test.store)
  const all: AlertRecord[] = [decline, over, { ...over, ...RESOLVED }, rule, { ...rule, ...RESOLVED }]
  const rows = all.map((record, seq) => ({
    ...{ tenant: record.tenant, id: record.id, revision: record.revision, seq, state: record.state, kind: record.kind },
    ...{ ended_at: record.ended_at === null ? null : '2026-01-02 13:00:00.000', record: alertBytes(record) },
  }))
  await insert(test.store, 'alerts', rows)
})

it('finds the open alert that another is within, and no other tenant’s', async () => {
  const creative = alert({ id: id(9), kind: 'fatigue', scope: { platform: 'tiktok', creative: 'C12' } })
  expect(await parentOf(test.store, creative)).toBe(decline.id)
  expect(await parentOf(test.store, { ...creative, tenant: 'u' })).toBeNull()
})

it('finds the children that rules and creatives raised, once', async () => {
  const found = await readChildren(test.store, 't', [decline.id, over.id])
  expect([...found]).toEqual([[decline.id, [rule.id]]])
  expect([...(await readChildren(test.store, 'u', [decline.id]))]).toEqual([])
})

it('knows which ids have been told of', async () => {
  expect(await wasTold(test.store, over)).toBe(true)
  expect(await wasTold(test.store, { ...over, tenant: 'u' })).toBe(false)
  expect(await wasTold(test.store, { ...over, id: id(8) })).toBe(false)
})

import { beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../../pipelines/store/client.ts'
import { createMetrics } from '../../../query-api/metrics/answer.ts'
import { useStore } from '../../support/store.ts'
import { asker } from '../support/ask.ts'
import { createTables, fillWindows, insertDeliveries } from '../support/fill.ts'

const context = useStore()
const ask = asker(() => context.store)
beforeAll(() => createTables(context.store))

describe('the guess of slices', () => {
  it('saves a statement, and is taken back as soon as a row shows that it is wrong', async () => {
    const statements: string[] = []
    const { store } = context
    const counted: Store = {
      ...store,
      query: (sql, params, request) => {
        if (sql.includes('windows_')) statements.push(sql)
        return store.query(sql, params, request)
      },
    }
    const metrics = createMetrics(counted, () => 0)
    const body = { measures: ['impressions'], dimensions: ['campaign'] }
    const answer = async () => {
      statements.length = 0
      return (await ask('t', body, metrics)).rows
    }

    await insertDeliveries(store, 't', [{ day: '2025-01-01', campaign: 'c', ad: 'a', impressions: 5 }])
    await fillWindows(store, 't')
    expect(await answer()).toEqual([{ campaign: 'c', impressions: 5 }])
    expect(statements).toHaveLength(2)
    expect(await answer()).toEqual([{ campaign: 'c', impressions: 5 }])
    expect(statements).toHaveLength(1)

    // The same delivery, now also as a campaign row; nobody has seen this slice of the tenant before.
    await insertDeliveries(store, 't', [{ day: '2025-01-01', campaign: 'c', level: 'campaign', impressions: 6 }])
    await fillWindows(store, 't')
    expect(await answer()).toEqual([{ campaign: 'c', impressions: 6 }])
    expect(statements).toHaveLength(3)
    // Which of two slices counts is chosen in the statement itself.
    expect(await answer()).toEqual([{ campaign: 'c', impressions: 6 }])
    expect(statements).toHaveLength(1)

    // A third one beside them, in a campaign of its own.
    await insertDeliveries(store, 't', [
      { day: '2025-01-01', campaign: 'd', level: 'asset_group', asset_group: 'g', impressions: 7 },
    ])
    await fillWindows(store, 't')
    expect(await answer()).toEqual([
      { campaign: 'c', impressions: 6 },
      { campaign: 'd', impressions: 7 },
    ])
    expect(statements).toHaveLength(3)
  })
})

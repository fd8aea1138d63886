import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectStore, type Store, StoreError } from '../../../pipelines/store/client.ts'
import { storeVersions } from '../../../query-api/cache/store-versions.ts'
import { useStore } from '../../support/store.ts'
import { emptyStore } from '../../support/store-double.ts'

const context = useStore()
const marks = async () => new Map([['shop', 5]])
/** A database of its own, whose tables can go. */
const DATABASE = `versions_${process.pid}`
const state: { store?: Store } = {}
const run = (sql: string) => state.store!.command(sql)

beforeAll(async () => {
  await context.store.command(`CREATE DATABASE ${DATABASE}`)
  state.store = connectStore({ ...context.access, database: DATABASE })
  await run('CREATE TABLE windows_day (d Date, a String) ENGINE = ReplacingMergeTree PARTITION BY d ORDER BY a')
  await run('CREATE TABLE fact_orders (a String) ENGINE = MergeTree ORDER BY a')
})
afterAll(async () => {
  await run(`DROP DATABASE ${DATABASE}`)
  await state.store?.close()
})

describe('versions of what the store has', () => {
  it('change with every row that is there, and with nothing else', async () => {
    const versions = storeVersions(state.store!, marks)
    const now = async () => [await versions.of('t', 'windows'), await versions.of('t', 'facts')]
    const steps: (readonly [string, 'both' | 'facts' | 'none'])[] = [
      ["INSERT INTO windows_day VALUES ('2025-01-01', 'x'), ('2025-01-02', 'x')", 'both'],
      ["INSERT INTO windows_day VALUES ('2025-01-01', 'x')", 'both'],
      ['OPTIMIZE TABLE windows_day FINAL', 'none'],
      ["INSERT INTO fact_orders VALUES ('a')", 'facts'],
      ["INSERT INTO fact_orders VALUES ('b')", 'facts'],
      ['OPTIMIZE TABLE fact_orders FINAL', 'none'],
      ["ALTER TABLE fact_orders DELETE WHERE a = 'a' SETTINGS mutations_sync = 1", 'facts'],
      ["ALTER TABLE windows_day DROP PARTITION '2025-01-02'", 'both'],
      ['DROP TABLE fact_orders SYNC', 'facts'],
      ['CREATE TABLE fact_orders (a String) ENGINE = MergeTree ORDER BY a', 'none'],
      ["INSERT INTO fact_orders VALUES ('a')", 'facts'],
    ]
    const seen = new Set<string | undefined>()
    for (const [sql, changes] of steps) {
      const [windows, facts] = await now()
      await run(sql)
      const [windows_after, facts_after] = await now()
      const changed = windows !== windows_after ? 'both' : facts !== facts_after ? 'facts' : 'none'
      expect([sql, changed]).toEqual([sql, changes])
      if (changes !== 'none') seen.add(facts_after)
    }
    expect(seen.size).toBe(steps.filter(([, changes]) => changes !== 'none').length)
  })

  it('are read once for all who ask meanwhile, and never before they asked', async () => {
    const reads: PromiseWithResolvers<unknown[]>[] = []
    const store = {
      ...emptyStore,
      query: <T>() => {
        reads.push(Promise.withResolvers())
        return reads.at(-1)!.promise as Promise<T[]>
      },
    }
    const answer = (facts: string) => [{ windows: 'w', facts, copies: 0 }]
    const versions = storeVersions(store, marks)
    const first = versions.of('t', 'facts')
    await expect.poll(() => reads.length).toBe(1)
    // These come while it is under way: what was committed since it began may not be in it.
    const later = [versions.of('t', 'facts'), versions.of('u', 'facts')]
    reads[0]!.resolve(answer('1'))
    expect(await first).toContain('"1"')
    await expect.poll(() => reads.length).toBe(2)
    reads[1]!.resolve(answer('2'))
    for (const one of await Promise.all(later)) expect(one).toContain('"2"')
    expect(reads).toHaveLength(2)
  })

  it('are none where replicas answer, or nobody', async () => {
    const replicated = { ...emptyStore, query: async <T>() => [{ windows: '1', facts: '2', copies: 1 }] as T[] }
    expect(await storeVersions(replicated, marks).of('t', 'facts')).toBeUndefined()
    const denied = {
      ...emptyStore,
      query: async () => {
        throw new StoreError('rejected', 497, 'not enough privileges')
      },
    }
    expect(await storeVersions(denied, marks).of('t', 'facts')).toBeUndefined()
  })
})

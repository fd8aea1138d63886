import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { connectStore, type Store, StoreError } from '../../../pipelines/store/client.ts'
import { SQL_FORMATS } from '../../../query-api/sql/formats.ts'
import { SQL_LIMITS } from '../../../query-api/sql/limits.ts'
import { createSql } from '../../../query-api/sql/sql.ts'
import { untilEnded } from '../../../query-api/sql/until-ended.ts'
import { useStore } from '../../support/store.ts'
import { createTables } from '../support/fill.ts'

const context = useStore()

it('waits for a statement that the store still runs, and for no other', async () => {
  const { signal } = new AbortController()
  const stop = new AbortController()
  const sql = 'SELECT sleepEachRow(0.2) FROM numbers(1000) SETTINGS max_block_size = 1'
  const running = context.store.query(sql, {}, { query_id: 'slow-one', signal: stop.signal })
  const stopped = expect(running).rejects.toMatchObject({ kind: 'cancelled' })
  const isKnown = "SELECT count() AS n FROM system.processes WHERE startsWith(Settings['log_comment'], 'slow-one')"
  await expect.poll(() => context.store.query(isKnown)).toEqual([{ n: '1' }])
  let ended = false
  const waiting = untilEnded(context.store, 'slow-one', signal).then(() => {
    ended = true
  })
  await untilEnded(context.store, 'another', signal)
  await delay(400)
  expect(ended).toBe(false)
  stop.abort()
  await stopped
  await waiting
})

it('keeps the place of a statement that goes on when its answer broke off', async () => {
  await createTables(context.store)
  let runs = 1
  const store: Store = {
    ...context.store,
    query: (sql, ...rest) =>
      sql.includes('system.processes')
        ? Promise.resolve([{ running: runs }] as never)
        : (context.store.query(sql, ...rest) as Promise<never>),
  }
  let breaks = true
  const connect = (database: string): Store => {
    const own = connectStore({ ...context.access, database })
    const queryRaw: Store['queryRaw'] = (...args) =>
      breaks ? Promise.reject(new StoreError('timeout', 0, 'no answer')) : own.queryRaw(...args)
    return { ...own, queryRaw }
  }
  const sql = createSql(store, connect, () => 0, { attacks: [] })
  const ask = (n: number) =>
    sql.answer({
      tenant: 't',
      sql: 'SELECT 1',
      params: {},
      format: SQL_FORMATS[0]!,
      query_id: `q${n}`,
      signal: new AbortController().signal,
    })
  for (let n = 0; n < SQL_LIMITS.running_per_tenant_max; n++)
    await expect(ask(n)).rejects.toMatchObject({ kind: 'timeout' })
  breaks = false
  await expect(ask(10)).rejects.toMatchObject({ code: 'rate_limited' })
  runs = 0
  await expect.poll(() => ask(11).then(() => 'answered', String)).toBe('answered')
  await sql.close()
})

import { expect, it } from 'vitest'
import { connectStore, type Store, StoreError } from '../../../pipelines/store/client.ts'
import { SQL_FORMATS } from '../../../query-api/sql/formats.ts'
import { createSql } from '../../../query-api/sql/sql.ts'
import { useStore } from '../../support/store.ts'

const context = useStore()
const connect = (database: string) => connectStore({ ...context.access, database })
const question = {
  tenant: 't',
  sql: 'SELECT 1',
  params: {},
  format: SQL_FORMATS[0]!,
  query_id: 'q',
  signal: new AbortController().signal,
}

it('stays closed for good when one attack gets through', async () => {
  const sql = createSql(context.store, connect, () => 0, { attacks: ['DROP TABLE orders', 'SELECT 1'] })
  await expect(sql.open()).rejects.toMatchObject({ code: 'sql_closed', cause: { message: /SELECT 1$/ } })
  await expect(sql.answer(question)).rejects.toMatchObject({ code: 'sql_closed' })
  await sql.close()
})

it('asks again when the store was away', async () => {
  let away = true
  const store: Store = {
    ...context.store,
    query: (...args) =>
      away
        ? Promise.reject(new StoreError('unavailable', 0, 'away'))
        : (context.store.query(...args) as Promise<never>),
  }
  const sql = createSql(store, connect, () => 0, { attacks: ['DROP TABLE orders'] })
  await expect(sql.open()).rejects.toMatchObject({ kind: 'unavailable' })
  away = false
  await sql.open()
  await sql.close()
})

it('does not open on an engine that cannot keep tenants apart', async () => {
  const store: Store = { ...context.store, query: async () => [{ name: 'max_threads' }] as never }
  const sql = createSql(store, connect, () => 0, { attacks: [] })
  await expect(sql.open()).rejects.toThrow(/cannot keep tenants apart.*query_plan_filter_push_down/)
  await sql.close()
})

import { expect, it } from 'vitest'
import { connectStore, type Store, StoreError } from '../../../pipelines/store/client.ts'
import { SQL_FORMATS } from '../../../query-api/sql/formats.ts'
import { createSql } from '../../../query-api/sql/sql.ts'
import { useStore } from '../../support/store.ts'
import { createTables } from '../support/fill.ts'

const context = useStore()

it("makes a tenant's views and client anew when one is gone, and not when a statement names what never was", async () => {
  await createTables(context.store)
  const connected: string[] = []
  const connect = (database: string) => {
    connected.push(database)
    const own = connectStore({ ...context.access, database })
    // What the engine says of a table that never was: the gate leaves it no other way to say so.
    const unknown = new StoreError('rejected', 60, 'Unknown table')
    const queryRaw: Store['queryRaw'] = (text, request) =>
      text.includes('no_such') ? Promise.reject(unknown) : own.queryRaw(text, request)
    return { ...own, queryRaw }
  }
  const sql = createSql(context.store, connect, () => 0, { attacks: [] })
  let asked = 0
  const ask = (text: string) =>
    sql.answer({
      tenant: 't',
      sql: text,
      params: {},
      format: SQL_FORMATS[0]!,
      query_id: `views-${asked++}`,
      signal: new AbortController().signal,
    })
  await ask('SELECT count() FROM orders')
  await expect(ask('SELECT order_id IN no_such FROM orders')).rejects.toMatchObject({ code: 'sql_invalid' })
  await ask('SELECT count() FROM orders')
  expect(connected).toHaveLength(1)
  await context.store.command(`DROP VIEW ${connected[0]}.orders`)
  await ask('SELECT count() FROM orders')
  expect(connected).toHaveLength(2)
  await sql.close()
})

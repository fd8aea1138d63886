import { describe, expect, it } from 'vitest'
import { connectStore } from '../../../pipelines/store/client.ts'
import { tenantUser, VIEWED_TABLES } from '../../../query-api/sql/views/tenant-user.ts'
import { tenantDatabase } from '../../../query-api/sql/views/view-sql.ts'
import { useStore } from '../../support/store.ts'
import { createTables, insertOrders } from '../support/fill.ts'

const context = useStore()

describe('a user of the server for one tenant', () => {
  it('is made of statements that ClickHouse can read, whatever its password holds', async () => {
    const statements = tenantUser({ database: 'omnify', tenant: 'alpha', password: "it's \\ `x`", house: 'omnify' })
    expect(statements.length).toBe(3 + 3 * VIEWED_TABLES.length)
    // Parsed and written again by the engine, which runs nothing of it and has no users where it is embedded.
    const rows = await context.store.query<{ read: string }>(
      'SELECT formatQuery(arrayJoin({statements:Array(String)})) AS read',
      {
        statements,
      },
    )
    expect(rows.map(({ read }) => read.split('\n')[0]!.split(' ').slice(0, 2).join(' '))).toEqual(
      statements.map((statement) => statement.split(' ').slice(0, 2).join(' ')),
    )
  })

  // The embedded engine has no users: this has only ever run where OMNIFY_TEST_CLICKHOUSE_URL names a server.
  it.skipIf(!context.is_remote)('reads his own rows, in views and tables, and nothing else', async () => {
    const { access, store } = context
    await createTables(store)
    await insertOrders(store, 'alpha', [{ id: 'own', day: '2025-01-01', total_micros: 1 }])
    await insertOrders(store, 'beta', [{ id: 'CANARY', day: '2025-01-01', total_micros: 2 }])
    const views = tenantDatabase(access.database, 'alpha')
    for (const statement of views.statements) await store.command(statement)
    const login = { database: access.database, tenant: 'alpha', password: 'p', house: access.user }
    for (const statement of tenantUser(login)) await store.command(statement)
    const user = connectStore({ ...access, user: `${access.database}_alpha`, password: 'p', database: views.name })
    try {
      expect(await user.query('SELECT order_id FROM orders')).toEqual([{ order_id: 'own' }])
      expect(await user.query(`SELECT id FROM ${access.database}.fact_orders`)).toEqual([{ id: 'own' }])
      for (const sql of [
        `SELECT * FROM ${access.database}.api_keys`,
        "SELECT file('/etc/passwd')",
        "SELECT * FROM url('http://127.0.0.1:1/', CSV, 'a String')",
        'SELECT 1 SETTINGS max_threads = 8',
        `INSERT INTO ${access.database}.fact_orders (tenant) VALUES ('alpha')`,
      ])
        await expect(user.query(sql), sql).rejects.toThrow()
      expect(await store.query(`SELECT count() AS n FROM ${access.database}.fact_orders`)).toEqual([{ n: '2' }])
    } finally {
      await user.close()
      await store.command(`DROP USER IF EXISTS \`${access.database}_alpha\``)
      await store.command(`DROP SETTINGS PROFILE IF EXISTS \`${access.database}_tenant\``)
      await store.command(`DROP DATABASE ${views.name}`)
    }
  })
})

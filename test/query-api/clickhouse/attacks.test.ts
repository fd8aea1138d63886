import { describe, expect, it } from 'vitest'
import { CATALOG } from '../../../query-api/clickhouse/catalog/catalog.ts'
import { FORMAT_NAMES } from '../../../query-api/clickhouse/formats.ts'
import { ATTACKS } from '../../../query-api/sql/gate/attacks.ts'
import { PARAMETERS } from '../../../query-api/sql/self-test.ts'
import { SQL_VIEWS } from '../../../schemas/sql/views.ts'
import { HONEST } from '../sql/honest.ts'
import { askBi } from './ask.ts'
import { CANARY, useEndpoint } from './support.ts'

const endpoint = useEndpoint()
const PARAMS = { p: "x' OR 1 = 1 --", t: 'omnify.tenants', f: 'file', d: '2025-01-01', xs: "['paid']" }
const sent = (params: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [`param_${name}`, String(value)]))

/** What names the house: its tables, its databases, its folders. */
const HOUSE = /fact_(?!a|b)|omnify_sql|omnify-store|api_key|ClickHouse exception|__table|\/tmp\//

/** What this endpoint serves and the SQL API does not: the tail of a statement, the catalogue, statements of a session. */
const SERVED_HERE =
  /^(?:SHOW|DESC|DESCRIBE|EXISTS|SET|USE|KILL)\b|\b(?:SETTINGS|FORMAT)\b|\b(?:system|information_schema)\s*\.|\b(?:currentDatabase|database|schema|currentUser|user|version|hostName|hostname|fqdn|uptime|displayName|revision|serverTimezone|currentRoles|enabledRoles|defaultRoles)\s*\(|\bVALUES\b/i

describe('the ClickHouse endpoint', () => {
  it(`refuses ${ATTACKS.length} attacks, or answers with what is the tenant's own`, async () => {
    const passed: string[] = []
    for (const attack of ATTACKS) {
      const answer = await askBi(endpoint, attack, { url: sent(PARAMETERS) })
      const body = Buffer.from(await answer.arrayBuffer()).toString('latin1')
      expect(body, attack).not.toMatch(CANARY)
      if (answer.status === 200) {
        passed.push(attack)
        expect(body, attack).not.toMatch(HOUSE)
      } else {
        expect(body, attack).toMatch(/^Code: \d+\. DB::Exception: [^\n]*\n$/)
        expect(body, attack).not.toMatch(/\(version \)|164/)
      }
    }
    // Whatever passes is of a kind that was meant to.
    expect(passed.filter((attack) => !SERVED_HERE.test(attack))).toEqual([])
    expect(passed.length).toBeGreaterThan(10)
    expect(passed.length).toBeLessThan(ATTACKS.length / 4)
    expect(endpoint.mistakes).toEqual([])
  })

  it('answers honest questions, under the names that tools write', async () => {
    const failed: string[] = []
    // The SQL API is asked all of them; here a third has to do.
    for (const question of HONEST.filter((_, index) => index % 3 === 0)) {
      const qualified = question.replaceAll(/\b(FROM|JOIN) (orders|refunds|windows)\b/g, '$1 `omnify`.$2')
      const answer = await askBi(endpoint, qualified, { url: sent(PARAMS) })
      const body = await answer.text()
      if (answer.status !== 200) failed.push(`${qualified}: ${body}`)
      expect(body, qualified).not.toMatch(CANARY)
    }
    expect(failed).toEqual([])
  })

  it('tells a tenant of its own rows only, in every format, packed and not', async () => {
    const own = 'SELECT order_id, total_micros, day FROM orders'
    for (const format of FORMAT_NAMES) {
      const answer = await askBi(endpoint, `${own} FORMAT ${format}`, { tenant: 'beta' })
      expect(answer.status, format).toBe(200)
      expect(answer.headers.get('x-clickhouse-format')).toBe(format)
      const theirs = Buffer.from(await answer.arrayBuffer()).toString('latin1')
      const packed = format === 'RawBLOB' ? '' : await answerOf(`${own} FORMAT ${format}`)
      expect(packed, format).not.toMatch(CANARY)
      // The canary is seen where it may be: a format that hid it would prove nothing. Columnar ones pack it.
      if (!/^(?:Null|Parquet|ORC|RawBLOB)$/.test(format)) expect(theirs, format).toMatch(CANARY)
    }
    for (const { name } of SQL_VIEWS) expect(await answerOf(`SELECT * FROM omnify.${name}`)).not.toMatch(CANARY)
  })

  it('has a catalogue of the documented views and of nothing else, the same for everybody', async () => {
    const views = SQL_VIEWS.map(({ name }) => name)
    for (const { database, name } of CATALOG) {
      const sql = `SELECT * FROM ${database}.${name} FORMAT JSONCompact`
      const answer = await answerOf(sql)
      expect(answer, name).not.toMatch(CANARY)
      expect(answer, name).not.toMatch(HOUSE)
      expect(await answerOf(sql, 'beta'), name).toBe(answer)
    }
    const listed = await answerOf('SELECT name FROM system.tables ORDER BY name')
    expect(listed.trim().split('\n')).toEqual(views.toSorted())
    expect((await answerOf('SELECT DISTINCT table FROM system.columns ORDER BY table')).trim().split('\n')).toEqual(
      views.toSorted(),
    )
    expect(await answerOf('SELECT name FROM system.databases')).toBe('omnify\n')
  })

  it.each([
    'SELECT * FROM omnify.fact_orders',
    'SELECT * FROM default.tenants',
    'SELECT * FROM system.query_log',
    'SELECT * FROM system.users',
    'SELECT * FROM omnify_sql_beta.orders',
    'SELECT count() FROM system_tables AS omnify, omnify.api_keys',
    'DESCRIBE TABLE omnify.fact_orders',
    'DESCRIBE SELECT 1) UNION ALL (SELECT count() FROM omnify.fact_orders',
    "DESCRIBE (SELECT file('/etc/passwd'))",
    'SHOW CREATE TABLE omnify.fact_orders',
    "SHOW TABLES LIKE 'x' UNION ALL SELECT 1",
    'SHOW COLUMNS FROM fact_orders',
    "SELECT * FROM VALUES ((file('/etc/passwd')))",
    "SELECT * FROM VALUES ((1)) UNION ALL SELECT * FROM file('/etc/passwd')",
    "SELECT 1 SETTINGS readonly = 0, log_comment = 'x', additional_table_filters = ''",
    "SET log_comment = 'x', readonly = 0, allow_introspection_functions = 1, additional_result_filter = '1'",
  ])('gives nothing away to %s', async (sql) => {
    const url = { session_id: 'attack', readonly: '0', query_plan_filter_push_down: '1', allow_ddl: '1' }
    const body = await answerOf(sql, 'alpha', url)
    expect(body).not.toMatch(CANARY)
    expect(body.replaceAll(/fact_orders|omnify_sql_beta|api_keys/g, '')).not.toMatch(HOUSE)
  })
})

async function answerOf(sql: string, tenant = 'alpha', url = {}): Promise<string> {
  return Buffer.from(await (await askBi(endpoint, sql, { tenant, url })).arrayBuffer()).toString('latin1')
}

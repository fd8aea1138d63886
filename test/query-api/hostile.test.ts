import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfig } from '../../bin/config.ts'
import { type OpenStore, openStore } from '../../bin/engine/store.ts'
import { connectStore } from '../../pipelines/store/client.ts'
import type { Caller, Tenants } from '../../pipelines/tenants/port.ts'
import { OPERATIONS } from '../../query-api/contract/list.ts'
import { SQL_FORMATS } from '../../query-api/sql/formats.ts'
import { ATTACKS } from '../../query-api/sql/gate/attacks.ts'
import { PARAMETERS } from '../../query-api/sql/self-test.ts'
import { ALL_SCOPES } from '../../schemas/scopes.ts'
import { SQL_VIEWS } from '../../schemas/sql/views.ts'
import { type Door, openDoor, order } from '../support/door.ts'
import { useEngine } from '../support/engine.ts'
import { HONEST } from './sql/honest.ts'
import { openRooms } from './support/rooms.ts'

/** Names that mean something to whoever is careless: browsers, spreadsheets, shells, SQL, formats of lines and columns. */
const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "=cmd|'/c calc'!A1",
  '+1+1',
  '-2+3',
  '@SUM(A1)',
  `it's "quoted", with; commas`,
  "'; DROP TABLE orders; --",
  '{"json":true}',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what somebody else would take for a template
  '{{template}} ${jndi:ldap://x} $(id) `id`',
  '../../etc/passwd',
  'back\\slash \\n \\x00 \\u0000',
  '%00%0d%0a %s%n',
  'NULL',
  '\\N',
  'مرحبا 你好 \u{1F600} e\u0301 \u202Eright-to-left',
  '\u00A0nbsp \uFEFFbom \u2028line',
  'x'.repeat(10_000),
  '<b>"\'\\\u{1F600}'.repeat(1_250),
]
const CANARY = 'CANARY-of-beta'

/**
 * What is sent comes out again as it was, in every format, harmless, and never to another tenant. The events go through
 * the pipeline of one engine; the questions are asked of another, whose CLICKHOUSE_URL is the first one's store.
 */
describe('hostile names and another tenant, over a store behind CLICKHOUSE_URL', () => {
  const engine = useEngine()
  const state: { home?: string; opened?: OpenStore; app?: FastifyInstance; door?: Door } = {}

  beforeAll(async () => {
    const names = HOSTILE.flatMap((name, n) => [
      campaign(`c${n}`, name),
      paid(`o${n}`, `c${n}`, name.slice(0, 200), name),
    ])
    await engine.feed(names, { tenant: 'alpha' })
    await engine.feed([campaign('secret', CANARY), paid('secret', 'secret', CANARY)], { tenant: 'beta' })
    const runner = await engine.start()
    await engine.caughtUp(90_000)
    await runner.stop()

    const { access } = engine
    const url = new URL(access.url)
    Object.assign(url, { username: access.user, password: access.password, pathname: access.database })
    state.home = await mkdtemp(join(tmpdir(), 'omnify-hostile-'))
    const env = { CLICKHOUSE_URL: url.href, OMNIFY_HOME: state.home }
    const config = readConfig({ env, cwd: state.home, projectDir: state.home, isNewHome: () => true })
    const opened = await openStore(config, { info() {}, warn() {}, error() {} })
    expect(opened.embedded).toBeUndefined()
    const door = await openDoor()
    const connect = (database: string) => connectStore({ ...opened.access, database })
    Object.assign(state, {
      opened,
      door,
      app: await openRooms(door, { store: opened.store, tenants, deps: { connect } }),
    })
  }, 180_000)
  afterAll(async () => {
    await state.app?.close()
    await state.door?.close()
    await state.opened?.stop()
    if (state.home !== undefined) await rm(state.home, { recursive: true, force: true })
  }, 60_000)

  const campaign = (entity: string, name: string) => ({
    ...{ id: `entity-${entity}`, source: 'ads', type: 'ad_entity.observed', occurred_at: '2026-01-15T10:00:00Z' },
    data: { platform: 'meta', account: 'a', kind: 'campaign', entity, name, valid_from: '2026-01-01T00:00:00Z' },
  })
  const paid = (id: string, campaign: string, customer: string, title = customer) =>
    order(id, {
      ...{ platform: 'meta', account: 'a', campaign, customer },
      lines: [{ line: id, product: id, title, quantity: 1, price: '1.00' }],
    })

  async function ask(url: string, tenant: string, body?: object, accept = 'application/json') {
    const headers = { authorization: `Bearer ${tenant}`, accept }
    return state.app!.inject(body === undefined ? { url, headers } : { method: 'POST', url, headers, payload: body })
  }
  const question = { measures: ['orders'], dimensions: ['campaign', 'campaign_name'], order: 'campaign' }
  /** What stands beside each campaign, in the order of HOSTILE. */
  const namesIn = (rows: readonly { campaign: string; campaign_name: string }[]) =>
    HOSTILE.map((_, n) => rows.find((row) => row.campaign === `c${n}`)?.campaign_name)

  it('come out as they were: JSON, lines and Arrow of metrics', async () => {
    const json = await ask('/v1/metrics', 'alpha', question)
    expect(namesIn(json.json().rows)).toEqual(HOSTILE)
    const lines = await ask('/v1/metrics', 'alpha', question, 'application/x-ndjson')
    const parsed = lines.body.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
    expect(namesIn(parsed)).toEqual(HOSTILE)
    const arrow = await ask('/v1/metrics', 'alpha', question, 'application/vnd.apache.arrow.stream')
    const table = tableFromIPC(arrow.rawPayload).toArray()
    expect(namesIn(table.map((row) => row.toJSON()))).toEqual(HOSTILE)
  })

  it('come out as they were from SQL, and go in as parameters', async () => {
    const sql = "SELECT entity_id, name FROM entities WHERE kind = 'campaign'"
    const { rows } = (await ask('/v1/sql', 'alpha', { sql })).json<{ rows: [string, string][] }>()
    expect(HOSTILE.map((_, n) => rows.find(([id]) => id === `c${n}`)?.[1])).toEqual(HOSTILE)
    const found: unknown[] = []
    for (const name of HOSTILE) {
      const counted = 'SELECT count() FROM entities WHERE name = {name:String}'
      found.push((await ask('/v1/sql', 'alpha', { sql: counted, params: { name } })).json().rows)
    }
    expect(found).toEqual(HOSTILE.map(() => [['1']]))
  })

  it('are no formulas in CSV, and nothing is taken for a page', async () => {
    for (const [path, body] of [
      ['/v1/metrics', question],
      ['/v1/sql', { sql: 'SELECT name FROM entities ORDER BY name' }],
    ] as const) {
      const answer = await ask(path, 'alpha', body, 'text/csv')
      expect(answer.headers['content-type']).toMatch(/^text\/csv/)
      expect(answer.headers['x-content-type-options']).toBe('nosniff')
      const cells = cellsOf(answer.body)
      expect(cells.filter((cell) => /^[=+@\t\r]|^-(?!\d+(\.\d+)?$)/.test(cell))).toEqual([])
      // An apostrophe before what a spreadsheet would compute; nothing else is changed.
      for (const name of HOSTILE) expect(cells).toContain(/^[=+\-@]/.test(name) ? `'${name}` : name)
    }
    const wrong = await ask('/v1/metrics?measures=%3Cscript%3Ealert(1)%3C%2Fscript%3E', 'alpha')
    expect(wrong.headers['content-type']).toContain('application/problem+json')
  })

  it('that are longer than a name may be are refused with a reason, and harm nobody', async () => {
    const events = [campaign('long', 'x'.repeat(10_001)), campaign('fine', 'fine')]
    const answer = await ask('/v1/events', 'alpha', events)
    expect(answer.json()).toMatchObject({ accepted: 1, rejected: [{ index: 0, path: 'data/name' }] })
  })

  it('of another tenant are in no answer of any operation, nor in an error', async () => {
    const bodies = new Map<string, string>()
    for (const { body: _, example, id, method, opened_by, path } of OPERATIONS) {
      if (opened_by === 'signature' || path.endsWith('/stream')) continue
      const address = path.replaceAll(/:(\w+)/g, (_all, name: string) => example.path?.[name] ?? 'none')
      const answer = await state.app!.inject({
        method,
        url: `${address}${example.query === undefined ? '' : `?${example.query}`}`,
        headers: { authorization: 'Bearer alpha' },
        ...(method === 'GET' || method === 'DELETE' ? {} : { payload: (example.body ?? {}) as object }),
      })
      bodies.set(id, answer.rawPayload.toString('latin1'))
    }
    const filters = [{ field: 'campaign', op: 'in', value: ['secret', 'c1'] }]
    bodies.set('filtered', (await ask('/v1/metrics', 'alpha', { ...question, filters })).body)
    for (const { name } of SQL_VIEWS)
      for (const { name: format } of SQL_FORMATS) {
        const answer = await ask(`/v1/sql?format=${format}`, 'alpha', { sql: `SELECT * FROM ${name}` })
        bodies.set(`${name} ${format}`, answer.rawPayload.toString('latin1'))
      }
    expect([...bodies].filter(([, body]) => body.includes(CANARY)).map(([id]) => id)).toEqual([])
    expect(bodies.size).toBeGreaterThan(OPERATIONS.length)
    // Whose it is does see it: a canary that nobody sees proves nothing.
    for (const [path, body] of [
      ['/v1/metrics', question],
      ['/v1/sql', { sql: 'SELECT * FROM entities' }],
    ] as const)
      expect((await ask(path, 'beta', body)).body).toContain(CANARY)
  }, 120_000)

  it(`${ATTACKS.length} attacks are refused by the route, and ${HONEST.length} honest questions answered`, async () => {
    expect([ATTACKS.length >= 150, HONEST.length >= 60]).toEqual([true, true])
    const params = { ...PARAMETERS, d: '2025-01-01', xs: ['a'] }
    const wrong: string[] = []
    for (const [list, status] of [
      [ATTACKS, 400],
      [HONEST, 200],
    ] as const)
      for (const sql of list) {
        const answer = await ask('/v1/sql', 'alpha', { sql, params })
        if (answer.statusCode !== status || answer.body.includes(CANARY))
          wrong.push(`${answer.statusCode} ${sql}: ${answer.body.slice(0, 200)}`)
      }
    expect(wrong).toEqual([])
  }, 180_000)
})

/** The key of a tenant is its name. */
const tenants = {
  get: async (name: string) => ({ name, currency: 'USD', zone: 'UTC' }),
  authenticate: async (key: string): Promise<Caller> => ({
    tenant: { name: key, currency: 'USD', zone: 'UTC' },
    key_id: key,
    scopes: ALL_SCOPES,
  }),
} as unknown as Tenants

/** The cells of CSV as a spreadsheet reads them (RFC 4180). */
function cellsOf(text: string): string[] {
  return [...text.matchAll(/(?:^|,|\r\n)(?:"((?:[^"]|"")*)"|([^,\r\n"]*))/g)].map(([, quoted, bare]) =>
    quoted === undefined ? (bare ?? '') : quoted.replaceAll('""', '"'),
  )
}

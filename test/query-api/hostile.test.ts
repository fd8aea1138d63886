import { tableFromIPC } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { OPERATIONS } from '../../query-api/contract/list.ts'
import { SQL_FORMATS } from '../../query-api/sql/formats.ts'
import { ATTACKS } from '../../query-api/sql/gate/attacks.ts'
import { PARAMETERS } from '../../query-api/sql/self-test.ts'
import { alertBytes } from '../../schemas/alerts.ts'
import { SQL_VIEWS } from '../../schemas/sql/views.ts'
import { listen } from '../support/listen.ts'
import { HONEST } from './sql/honest.ts'
import { ALERTS, CANARY, campaign, HOSTILE, useHostileRig } from './support/hostile.ts'

const rig = useHostileRig()

/** What is sent comes out again as it was, in every format, harmless, and never to another tenant. */
describe('hostile names and another tenant, over a store behind CLICKHOUSE_URL', () => {
  async function ask(url: string, tenant: string, body?: object, accept = 'application/json') {
    const headers = { authorization: `Bearer ${tenant}`, accept }
    return rig.app.inject(body === undefined ? { url, headers } : { method: 'POST', url, headers, payload: body })
  }
  async function askBi(sql: string, tenant = 'alpha'): Promise<Response> {
    return fetch(rig.bi_url, { method: 'POST', headers: { authorization: `Bearer ${tenant}` }, body: sql })
  }
  const question = { measures: ['orders'], dimensions: ['campaign', 'campaign_name'], order: 'campaign' }
  /** What stands beside each campaign, in the order of HOSTILE. */
  type Named = { readonly campaign: string; readonly campaign_name: string }
  const namesIn = (rows: readonly Named[]) =>
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

  it('come out as they were in columns: Parquet and Arrow, of metrics, SQL and the port for BI tools', async () => {
    const sql = "SELECT entity_id AS campaign, name AS campaign_name FROM entities WHERE kind = 'campaign'"
    const bodyOf = async (url: string, body: object, accept: string) =>
      (await ask(url, 'alpha', body, accept)).rawPayload
    const bi = async (format: string) => Buffer.from(await (await askBi(`${sql} FORMAT ${format}`)).arrayBuffer())
    for (const table of [
      await bodyOf('/v1/sql', { sql }, 'application/vnd.apache.arrow.stream'),
      await bi('ArrowStream'),
      await bi('Arrow'),
    ])
      expect(namesIn([...tableFromIPC(table)].map((row) => row!.toJSON() as Named))).toEqual(HOSTILE)
    const columns = 'campaign Nullable(String), campaign_name Nullable(String)'
    await rig.store.command(`CREATE TABLE hostile_parquet (${columns}) ENGINE = Memory`)
    for (const table of [
      await bodyOf('/v1/metrics', question, 'application/vnd.apache.parquet'),
      await bodyOf('/v1/sql', { sql }, 'application/vnd.apache.parquet'),
      await bi('Parquet'),
    ]) {
      await rig.store.insertNative('INSERT INTO hostile_parquet (campaign, campaign_name) FORMAT Parquet', table)
      expect(namesIn(await rig.store.query<Named>('SELECT * FROM hostile_parquet'))).toEqual(HOSTILE)
      await rig.store.command('TRUNCATE TABLE hostile_parquet')
    }
    const lines = (await bi('JSONEachRow')).toString().trimEnd().split('\n')
    expect(namesIn(lines.map((line) => JSON.parse(line) as Named))).toEqual(HOSTILE)
    await rig.store.command('DROP TABLE hostile_parquet')
  }, 120_000)

  it('come out as they were from saved queries and jobs', async () => {
    const saved = {
      description: HOSTILE.join(' ').slice(0, 1_000),
      parameters: { name: { type: 'text' } },
      sql: 'SELECT count() FROM entities WHERE name = {name:String}',
    }
    const headers = { authorization: 'Bearer alpha' }
    const put = await rig.app.inject({ method: 'PUT', url: '/v1/queries/by-name', headers, payload: saved })
    expect(put.statusCode).toBe(201)
    expect((await ask('/v1/queries/by-name', 'alpha')).json()).toMatchObject(saved)
    for (const name of HOSTILE) {
      const url = `/v1/queries/by-name/run?name=${encodeURIComponent(name)}`
      const { code, rows } = (await ask(url, 'alpha')).json()
      // What does not fit into an address is refused in so many words.
      expect([name, code ?? rows]).toEqual([name, url.length > 8_192 ? 'url_too_long' : [['1']]])
    }
    const job = await rig.app.inject({
      ...{ method: 'POST', url: '/v1/metrics', payload: question },
      headers: { ...headers, prefer: 'respond-async' },
    })
    const result = `${job.headers.location}/result`
    await expect.poll(async () => (await ask(result, 'alpha')).statusCode).toBe(200)
    expect(namesIn((await ask(result, 'alpha')).json().rows)).toEqual(HOSTILE)
  }, 120_000)

  it('come out as they were in alerts: the list, one alert, and the stream', async () => {
    const own = ALERTS.filter(({ tenant }) => tenant === 'alpha')
    const bytes = own.map((one) => alertBytes(one))
    const listed = (await ask('/v1/alerts?limit=1000', 'alpha')).body
    for (const one of bytes) expect(listed).toContain(one)
    expect((await ask(`/v1/alerts/${own.at(-1)!.id}`, 'alpha')).body).toContain(bytes.at(-1))
    const listener = listen(`${rig.url}/v1/alerts/stream?since=2026-01-01T00:00:00Z`, { authorization: 'Bearer alpha' })
    const told = () => listener.events.filter(({ event }) => event === 'alert').map(({ data }) => data)
    await listener.until(() => told().length >= bytes.length)
    listener.close()
    expect(told().toSorted()).toEqual(bytes.toSorted())
  }, 120_000)

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
  }, 120_000)

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
    const of_beta = await keepCanaries()
    const bodies = new Map<string, string>()
    for (const { body: _, example, id, method, opened_by, path } of OPERATIONS) {
      if (opened_by === 'signature' || path.endsWith('/stream')) continue
      // Asked for what is beta's, by its own name.
      const address = path.replaceAll(
        /:(\w+)/g,
        (_all, name: string) => of_beta(path) ?? example.path?.[name] ?? 'none',
      )
      const answer = await rig.app.inject({
        method,
        url: `${address}${example.query === undefined ? '' : `?${example.query}`}`,
        headers: { authorization: 'Bearer alpha' },
        ...(method === 'GET' || method === 'DELETE' ? {} : { payload: (example.body ?? {}) as object }),
      })
      bodies.set(id, `${JSON.stringify(answer.headers)}${answer.rawPayload.toString('latin1')}`)
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
      ['/v1/queries/canary'],
      ['/v1/queries/canary/run'],
      [`/v1/jobs/${of_beta('/v1/jobs')}`],
      [`/v1/jobs/${of_beta('/v1/jobs')}/result`],
      ['/v1/alerts'],
      [`/v1/alerts/${of_beta('/v1/alerts')}`],
      ['/v1/webhooks'],
      ['/v1/alert-rules'],
      ['/v1/alert-rules/beta-rule'],
      ['/v1/alert-mutes'],
      ['/v1/expected-events'],
    ] as const)
      expect([path, (await ask(path, 'beta', body)).body]).toEqual([path, expect.stringContaining(CANARY)])
    expect(await (await askBi('SELECT name FROM entities', 'beta')).text()).toContain(CANARY)
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

/** What beta keeps, under ids and names that alpha asks for. @returns what stands in the place of a path's parameter */
async function keepCanaries(): Promise<(path: string) => string | undefined> {
  const send = async (method: 'PUT' | 'POST', url: string, payload: object, more = {}) => {
    const headers = { authorization: 'Bearer beta', ...more }
    const answer = await rig.app.inject({ method, url, headers, payload })
    expect([url, answer.statusCode < 300 ? 'taken' : answer.body]).toEqual([url, 'taken'])
    return answer
  }
  const sql = `SELECT '${CANARY}' AS canary`
  await send('PUT', '/v1/queries/canary', { description: CANARY, sql })
  const job = await send('POST', '/v1/sql', { sql }, { prefer: 'respond-async' })
  const webhook = await send('POST', '/v1/webhooks', { url: `https://${CANARY.toLowerCase()}.example/${CANARY}` })
  const ids: readonly (readonly [string, string])[] = [
    ['/v1/queries', 'canary'],
    ['/v1/jobs', String(job.headers.location).split('/').at(-1)!],
    ['/v1/webhooks', webhook.json().id],
    ['/v1/alerts', ALERTS.find(({ tenant }) => tenant === 'beta')!.id],
    ['/v1/alert-rules', 'beta-rule'],
    ['/v1/alert-mutes', 'beta-mute'],
    ['/v1/expected-events', 'beta-event'],
  ]
  await expect
    .poll(
      async () =>
        (await rig.app.inject({ url: `/v1/jobs/${ids[1]![1]}/result`, headers: { authorization: 'Bearer beta' } }))
          .statusCode,
    )
    .toBe(200)
  return (path) => ids.find(([start]) => path.startsWith(start))?.[1]
}

/** The cells of CSV as a spreadsheet reads them (RFC 4180). */
function cellsOf(text: string): string[] {
  return [...text.matchAll(/(?:^|,|\r\n)(?:"((?:[^"]|"")*)"|([^,\r\n"]*))/g)].map(([, quoted, bare]) =>
    quoted === undefined ? (bare ?? '') : quoted.replaceAll('""', '"'),
  )
}

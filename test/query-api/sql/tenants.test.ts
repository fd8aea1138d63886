import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SQL_FORMATS } from '../../../query-api/sql/formats.ts'
import { ATTACKS } from '../../../query-api/sql/gate/attacks.ts'
import { SQL_VIEWS } from '../../../schemas/sql/views.ts'
import { useStore } from '../../support/store.ts'
import {
  createTables,
  fillWindows,
  insert,
  insertDeliveries,
  insertOrders,
  insertRates,
  insertRefunds,
} from '../support/fill.ts'
import { HONEST } from './honest.ts'
import { ask, serve } from './support.ts'

const context = useStore()
const state: { app?: FastifyInstance } = {}
const PARAMS = { p: "x' OR 1 = 1 --", t: 'omnify.tenants', f: 'file', d: '2025-01-01', xs: ['paid'] }

/** What stands in the rows of the other tenant, and what files of this machine begin with. */
const CANARY = /CANARY|root:x:0|66600666/

beforeAll(async () => {
  const { store } = context
  await createTables(store)
  for (const [tenant, word, money] of [
    ['alpha', 'own', 1_000_000],
    ['beta', 'CANARY', 66_600_666],
  ] as const) {
    await insertOrders(store, tenant, [
      {
        id: `${word}1`,
        day: '2025-01-01',
        total_micros: money,
        customer: word,
        lines: [{ product: word, quantity: 1, price_micros: money }],
      },
      { id: `${word}2`, day: '2025-01-02', total_micros: money, customer: word, platform: word },
    ])
    await insertRefunds(store, tenant, [{ id: word, day: '2025-01-02', amount_micros: money }])
    await insertRates(store, tenant, [{ base: 'EUR', quote: 'USD', day: '2025-01-01', rate_e9: money }])
    await insertDeliveries(store, tenant, [
      { day: '2025-01-01', campaign: word, ad: word, spend_micros: money, clicks: 3 },
    ])
    const head = {
      tenant,
      source: word,
      occurred_at: '2025-01-01T00:00:00Z',
      received_at: '2025-01-01T00:00:00Z',
      day: '2025-01-01',
    }
    await insert(store, 'fact_touches', [
      {
        ...head,
        id: word,
        id_hash: `${word}-touch-0000000`.slice(0, 16),
        kind: 'click',
        visitor: word,
        personal: 'SEALED',
      },
    ])
    await insert(store, 'fact_web_events', [
      { ...head, id: word, id_hash: `${word}-visit-0000000`.slice(0, 16), kind: 'view', visitor: word },
    ])
    await insert(store, 'fact_customers', [
      {
        ...head,
        id: word,
        id_hash: `${word}-custo-0000000`.slice(0, 16),
        kind: 'customer',
        customer: word,
        tags: [word],
      },
    ])
    await insert(store, 'fact_entities', [
      {
        ...head,
        id: word,
        id_hash: `${word}-entit-0000000`.slice(0, 16),
        kind: 'campaign',
        entity: word,
        name: word,
        valid_from: '2025-01-01T00:00:00Z',
      },
    ])
    const forecast = { tenant, model: 'ltv@1', scope: word, currency: 'USD', entity_kind: 'customer', entity: word }
    await insert(store, 'forecasts', [{ ...forecast, origin: '2025-01-01', horizon_days: 30, mean: money }])
    await insert(store, 'forecast_scores', [{ ...forecast, origin: '2025-01-01', horizon_days: 30, actual: money }])
    await fillWindows(store, tenant)
  }
  state.app = await serve(context)
})
afterAll(() => state.app?.close())

describe('a tenant', () => {
  it('gets an answer to every honest question', async () => {
    const failed: string[] = []
    for (const question of HONEST) {
      const answer = await ask(state.app!, 'alpha', question, { params: PARAMS })
      if (answer.statusCode !== 200) failed.push(`${question}: ${answer.json().detail}`)
      expect(answer.body, question).not.toMatch(CANARY)
    }
    expect(failed).toEqual([])
  })

  it('sees its own rows only, in every view and every format', async () => {
    for (const { name } of SQL_VIEWS.filter((view) => view.name !== 'facts_conversions')) {
      const answer = await ask(state.app!, 'alpha', `SELECT * FROM ${name}`)
      expect(answer.json().rows.length, name).toBeGreaterThan(0)
      expect(answer.body, name).not.toMatch(CANARY)
      expect(answer.body, name).not.toMatch(/SEALED/)
      const other = await ask(state.app!, 'beta', `SELECT * FROM ${name}`)
      expect(other.body, name).toMatch(CANARY)
    }
    for (const { name } of SQL_FORMATS) {
      const answer = await ask(state.app!, 'alpha', 'SELECT * FROM orders', { format: name })
      expect(answer.rawPayload.toString('latin1'), name).not.toMatch(CANARY)
    }
  })

  it.each([
    'SELECT toInt32(customer_id) FROM orders',
    'SELECT count() FROM orders WHERE intDiv(1, total_micros - 66600666) = 0',
    'SELECT toDate(order_id) FROM orders o JOIN customers c USING (customer_id)',
    "SELECT CAST(customer_id AS Enum8('a' = 1)) FROM orders",
    'SELECT canary FROM orders',
    'SELECT orders.nope FROM orders',
    'SELECT CANARY1.x FROM orders',
    'SELECT sum(customer_id) FROM orders',
    'SELECT customer_id, sum(total_micros) FROM orders',
    "SELECT JSONExtract(customer_id, 'Int') FROM orders",
  ])('learns nothing of others or of the house from an error: %s', async (question) => {
    const { body } = await ask(state.app!, 'alpha', question)
    expect(body).not.toMatch(/CANARY2|66600667|omnify_sql|scratch|fact_|__table|\/tmp|DB::/)
    expect(body.replaceAll(question, '')).not.toMatch(/'own|beta/)
  })

  it.each([
    // Words in the places of words and texts in the places of texts: many of these can be read.
    { kind: 'alike', runs: 150, passing_min: 20 },
    // Anything anywhere.
    { kind: 'hostile', runs: 300, passing_min: 0 },
  ])(
    'gets nothing out of a mutated question ($kind)',
    async ({ kind, passing_min, runs }) => {
      let passed = 0
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...HONEST), edits(kind === 'alike' ? 2 : 4), async (base, changes) => {
          const tokens = base.match(TOKEN)!
          for (const { hostile, place, replace, word } of changes) {
            const at = Math.floor(place * tokens.length)
            const same = OF_CLASS.get(classOf(tokens, at)) ?? []
            if (kind === 'alike') tokens[at] = same.length === 0 ? tokens[at]! : same[word % same.length]!.token
            else tokens.splice(at, replace ? 1 : 0, hostile)
          }
          const answer = await ask(state.app!, 'alpha', tokens.join(''), { params: PARAMS })
          const code = answer.statusCode === 200 ? 'ok' : answer.json().code
          expect(['ok', 'sql_refused', 'sql_invalid', 'too_many_rows', 'query_timeout']).toContain(code)
          expect(answer.body).not.toMatch(CANARY)
          if (code !== 'sql_refused') passed++
        }),
        { numRuns: runs },
      )
      // Mutations that are all refused would prove little.
      expect(passed).toBeGreaterThanOrEqual(passing_min)
    },
    60_000,
  )
})

const TOKEN = /'(?:[^'\\]|\\.)*'|\w+|\s+|[^\w\s']/g
const WORDS = [...new Set([...HONEST, ...ATTACKS.filter((a) => a.length < 200)].flatMap((q) => q.match(TOKEN) ?? []))]
const OF_CLASS = Map.groupBy(
  HONEST.flatMap((question) => {
    const tokens = question.match(TOKEN)!
    return tokens.map((token, at) => ({ token, kind: classOf(tokens, at) }))
  }).filter(({ kind }) => kind !== ''),
  ({ kind }) => kind,
)
const HOSTILE =
  "file( '/etc/passwd' omnify.tenants system.tables SETTINGS ) ( -- /* */ ' ` ; {p:Identifier} fact_orders arrayMap( INTO FORMAT".split(
    ' ',
  )

/** Names, functions, numbers and texts are put into each other's places; words of the language stay. */
function classOf(tokens: readonly string[], at: number): string {
  const token = tokens[at]!
  if (/^'/.test(token)) return 'text'
  if (/^\d/.test(token)) return 'number'
  if (/^[a-z]\w*$/.test(token)) return tokens[at + 1] === '(' ? 'function' : 'name'
  return ''
}

function edits(max: number) {
  const hostile = fc.constantFrom(...WORDS, ...HOSTILE, '\n')
  const place = fc.double({ min: 0, max: 0.999, noNaN: true })
  const edit = fc.record({ place, hostile, replace: fc.boolean(), word: fc.nat() })
  return fc.array(edit, { minLength: 1, maxLength: max })
}

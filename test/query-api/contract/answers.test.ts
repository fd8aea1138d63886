import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { connectStore } from '../../../pipelines/store/client.ts'
import { createClient, OmnifyError } from '../../../query-api/client/client.ts'
import { OPERATIONS } from '../../../query-api/contract/list.ts'
import { commonErrors } from '../../../query-api/contract/openapi.ts'
import type { Operation } from '../../../query-api/contract/operation.ts'
import { problemSchema } from '../../../query-api/contract/schemas.ts'
import { PROBLEM_TYPE } from '../../../schemas/errors.ts'
import { ALL_SCOPES } from '../../../schemas/scopes.ts'
import { TOPICS } from '../../../schemas/topics.ts'
import { type Door, openDoor, order } from '../../support/door.ts'
import { useStore } from '../../support/store.ts'
import { createTables, fillWindows, insertDeliveries, insertOrders, insertWatermark } from '../support/fill.ts'
import { openRooms } from '../support/rooms.ts'

const context = useStore()
const state: { app?: FastifyInstance; door?: Door; key?: string; url?: string } = {}

beforeAll(async () => {
  const { access, store } = context
  await createTables(store)
  await insertOrders(store, 'acme', [
    { id: 'o1', day: '2025-01-01', total_micros: 310_400_000 },
    { id: 'o2', day: '2025-01-02', total_micros: 1_000_000, platform: 'meta' },
  ])
  await insertDeliveries(store, 'acme', [{ day: '2025-01-01', campaign: 'c', spend_micros: 3_000_000 }])
  await insertWatermark(store, 'acme', 'shop', '2025-01-04T00:00:00Z')
  await fillWindows(store, 'acme')
  const door = await openDoor()
  await door.log.ensureTopics([TOPICS.alert_commands])
  await door.tenants.add({ name: 'acme', currency: 'USD', zone: 'UTC' })
  state.key = (await door.tenants.keys.create('acme', ALL_SCOPES)).key
  const connect = (database: string) => connectStore({ ...access, database })
  state.door = door
  state.app = await openRooms(door, { store, deps: { connect } })
  state.url = await state.app.listen({ port: 0, host: '127.0.0.1' })
})
afterAll(async () => {
  state.app?.server.closeAllConnections()
  await state.app?.close()
  await state.door?.close()
})

/** The operation's example as it goes over the wire. */
function ask({ example, method, path }: Operation, more: { accept?: string } = {}): Promise<Response> {
  const address = path.replaceAll(/:(\w+)/g, (_all, name: string) => example.path?.[name] ?? '')
  return fetch(`${state.url}${address}${example.query === undefined ? '' : `?${example.query}`}`, {
    method,
    headers: {
      authorization: `Bearer ${state.key}`,
      ...more,
      ...(example.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...example.headers,
    },
    ...(example.body === undefined ? {} : { body: JSON.stringify(example.body) }),
  })
}

/** What of an answer is not as the operation says. */
async function strayed(operation: Operation, response: Response): Promise<string[]> {
  const [type = ''] = (response.headers.get('content-type') ?? '').split(';')
  const body = Buffer.from(await response.arrayBuffer())
  if (type === PROBLEM_TYPE) {
    const problem = problemSchema.parse(JSON.parse(body.toString()))
    const codes: readonly string[] = [...(operation.errors ?? []), ...commonErrors(operation)]
    return codes.includes(problem.code) ? [] : [`${problem.code} is not among its errors: ${problem.detail}`]
  }
  const answer = operation.answers[response.status]
  if (answer === undefined) return [`status ${response.status} is not among its answers: ${body}`]
  const content = answer.content?.[type]
  if (content === undefined) return body.length === 0 ? [] : [`${type} is not among what ${response.status} may hold`]
  if (!(content instanceof z.ZodType)) return []
  const parsed = content.safeParse(JSON.parse(body.toString()))
  return parsed.success ? [] : parsed.error.issues.map(({ message, path }) => `${path.join('/')}: ${message}`)
}

describe('an operation answers as it says', () => {
  it.each(OPERATIONS.map((one) => [one.id, one] as const))('%s', async (_id, operation) => {
    const response = await ask(operation)
    expect(response.status).toBeLessThan(500)
    expect(await strayed(operation, response)).toEqual([])
  })

  it.each(['queryMetrics', 'getMetrics', 'querySql', 'getChanges'])('%s in every format', async (id) => {
    const operation = OPERATIONS.find((one) => one.id === id)!
    for (const accept of Object.keys(operation.answers[200]!.content!)) {
      const response = await ask(operation, { accept })
      expect(response.status, accept).toBe(200)
      expect(response.headers.get('content-type')).toContain(accept)
      expect(await strayed(operation, response)).toEqual([])
    }
  })
})

describe('the client', () => {
  const client = (key: string | (() => string) = state.key!) => createClient({ url: state.url!, key })

  it('asks and answers with types', async () => {
    const metrics = await client().queryMetrics({ body: { measures: ['orders', 'revenue'], dimensions: ['day'] } })
    expect(metrics.rows).toMatchObject([
      { day: '2025-01-01', orders: 1, revenue: '310.40' },
      { day: '2025-01-02', orders: 1, revenue: '1.00' },
    ])
    const { columns, rows } = await client().querySql({
      body: { sql: 'SELECT count() AS n FROM orders WHERE total_micros > {least:Int64}', params: { least: 2_000_000 } },
    })
    expect([columns[0]!.name, rows]).toEqual(['n', [['1']]])
    expect((await client().getStatus()).tenant).toBe('acme')
    expect((await client().listAlerts({ query: { state: 'open' } })).alerts).toEqual([])
  })

  it('sends events, as JSON or as lines', async () => {
    const event = order('client-1') as unknown as import('../../../query-api/client/operations.ts').OrderObserved
    expect(await client().sendEvents({ body: [event] })).toEqual({ accepted: 1, duplicate: 0, rejected: [] })
    const lines = `${JSON.stringify(order('client-2'))}\n${JSON.stringify({ id: 'x' })}\n`
    expect(await client().sendEvents({ body: lines })).toMatchObject({ accepted: 1, rejected: [{ index: 1 }] })
  })

  it('gives the response itself for other formats', async () => {
    const csv = await client().raw(
      'getMetrics',
      { query: { measures: 'orders', dimensions: 'day' } },
      { accept: 'text/csv' },
    )
    expect(await csv.text()).toContain('day,orders')
  })

  it('throws what the contract calls an error, and asks for the key each time', async () => {
    let asked = 0
    const wrong = client(() => {
      asked += 1
      return 'omk_wrong'
    })
    const failure = await wrong.getStatus().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(OmnifyError)
    expect(failure).toMatchObject({ code: 'unauthorized', status: 401, problem: { title: 'Unauthorized' } })
    await expect(wrong.getAlert({ path: { id: 'a/b?c' } })).rejects.toMatchObject({ status: 401 })
    expect(asked).toBe(2)
    await expect(client().queryMetrics({ body: { measures: ['nothing'] } })).rejects.toMatchObject({
      code: 'unknown_measure',
      problem: { path: 'measures/0' },
    })
  })
})

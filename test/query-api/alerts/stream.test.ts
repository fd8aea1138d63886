import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock, systemRandomBytes } from '../../../pipelines/clock.ts'
import type { Caller, Tenants } from '../../../pipelines/tenants/port.ts'
import type { QueryDeps } from '../../../query-api/deps.ts'
import { alertStreamRoutes } from '../../../query-api/routes/alerts-stream.ts'
import { answerFailures } from '../../../query-api/routes/failures.ts'
import { alertBytes, alertPartition } from '../../../schemas/alerts.ts'
import { ALL_SCOPES } from '../../../schemas/scopes.ts'
import { TOPICS } from '../../../schemas/topics.ts'
import { alert, alertOnLog } from '../../support/alert.ts'
import { type Listener, listen } from '../../support/listen.ts'
import { openMemoryLog } from '../../support/memory-log.ts'

const TOPIC = TOPICS.alerts.name
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const headers = (tenant: string) => ({ authorization: `Bearer ${tenant}` })
const revisions = (listener: Listener) =>
  listener.events.flatMap(({ data, event }) => (event === 'alert' ? [JSON.parse(data!).revision as number] : []))

async function rig() {
  /** What a look for a key waits for, and how many answers have lost their listener. */
  const gate = { pass: async () => {}, closed: 0 }
  let now_ms = systemClock()
  const log = openMemoryLog({ clock: () => now_ms })
  await log.ensureTopics([TOPICS.alerts])
  const authenticate = async (key: string): Promise<Caller | undefined> => {
    await gate.pass()
    if (key === 'stranger') return undefined
    return { tenant: { name: key, currency: 'USD', zone: 'UTC' }, key_id: 'k', scopes: ALL_SCOPES }
  }
  const app: FastifyInstance = Fastify({ forceCloseConnections: true })
  app.addHook('onRequest', (_request, reply, done) => {
    reply.raw.once('close', () => {
      gate.closed += 1
    })
    done()
  })
  await app.register(async (scope) => {
    answerFailures(scope)
    const deps = { log, tenants: { authenticate } as Tenants, clock: () => now_ms, randomBytes: systemRandomBytes }
    alertStreamRoutes(scope, deps as unknown as QueryDeps)
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/v1/alerts`
  closing.push(() => app.close())
  const tell = async (tenant: string, ...numbers: number[]) => {
    for (const revision of numbers)
      await log.append(TOPIC, alertPartition(tenant, TOPICS.alerts.partitions), [
        alertOnLog(alert({ tenant, revision })),
      ])
  }
  return {
    app,
    gate,
    url,
    tell,
    later: (ms: number) => {
      now_ms += ms
    },
    open: (tenant: string, more: Record<string, string> = {}, query = '') => {
      const listener = listen(`${url}/stream${query}`, { ...headers(tenant), ...more })
      closing.push(() => listener.close())
      return listener
    },
  }
}

/** A listener that has been answered: what is told from now on, it gets. */
const ready = (listener: Listener) => listener.until((events) => events.length > 0)
const count = (listener: Listener, wanted: number) => listener.until(() => revisions(listener).length >= wanted)

describe('the stream', () => {
  it('brings what is told from now on, each with its place on the log and its own bytes', async () => {
    const { open, tell } = await rig()
    await tell('acme', 1)
    const listener = open('acme')
    await ready(listener)
    await tell('acme', 2, 3)
    await count(listener, 2)
    const partition = alertPartition('acme', TOPICS.alerts.partitions)
    expect(listener.events.slice(1)).toEqual([
      { id: `${TOPIC}-${partition}-1`, event: 'alert', data: alertBytes(alert({ tenant: 'acme', revision: 2 })) },
      { id: `${TOPIC}-${partition}-2`, event: 'alert', data: alertBytes(alert({ tenant: 'acme', revision: 3 })) },
    ])
  })

  it('goes on behind the last event that a client has, and since a time', async () => {
    const { later, open, tell } = await rig()
    await tell('acme', 1, 2)
    later(60_000)
    const between = systemClock() + 30_000
    await tell('acme', 3)
    const first = open('acme', {}, '?since=2000-01-01T00:00:00Z')
    await count(first, 3)
    expect(revisions(first)).toEqual([1, 2, 3])
    const second = open('acme', { 'last-event-id': first.events[1]!.id! })
    await count(second, 2)
    expect(revisions(second)).toEqual([2, 3])
    const third = open('acme', {}, `?since=${new Date(between).toISOString()}`)
    await count(third, 1)
    expect(revisions(third)).toEqual([3])
  })

  it('shows nobody what is another tenant’s, and takes no id of another stream', async () => {
    const { open, tell } = await rig()
    // Two tenants of one partition.
    const partition = alertPartition('acme', TOPICS.alerts.partitions)
    const other = Array.from({ length: 50 }, (_, i) => `t${i}`).find(
      (name) => alertPartition(name, TOPICS.alerts.partitions) === partition,
    )!
    const listener = open('acme')
    await ready(listener)
    await tell(other, 1, 2)
    await tell('acme', 7)
    await count(listener, 1)
    expect(revisions(listener)).toEqual([7])
    for (const id of ['x', `${TOPIC}-${(partition + 1) % 4}-0`, `omnify.events-${partition}-0`])
      expect(await open('acme', { 'last-event-id': id }).status).toBe(400)
    expect(await open('stranger').status).toBe(401)
  })

  it('is opened by a ticket once, and never by a key in the address', async () => {
    const { later, open, tell, url } = await rig()
    const ticket = async () => {
      const answer = await fetch(`${url}/tickets`, { method: 'POST', headers: headers('acme') })
      expect(answer.status).toBe(201)
      return ((await answer.json()) as { ticket: string }).ticket
    }
    const used = await ticket()
    const listener = listen(`${url}/stream?ticket=${used}`)
    closing.push(() => listener.close())
    await ready(listener)
    await tell('acme', 1)
    await count(listener, 1)
    for (const query of [`?ticket=${used}`, '?ticket=acme', '?key=acme', '?authorization=Bearer%20acme'])
      expect(await listen(`${url}/stream${query}`).status).toBe(401)
    const late = await ticket()
    later(30_001)
    expect(await listen(`${url}/stream?ticket=${late}`).status).toBe(401)
    expect(await open('acme').status).toBe(200)
  })

  it('says goodbye when the engine stops, and the next one goes on from there', async () => {
    const { app, open, tell } = await rig()
    const listener = open('acme')
    await ready(listener)
    await tell('acme', 1)
    await count(listener, 1)
    await app.close()
    await listener.ended
    expect(listener.events.at(-1)).toEqual({ comment: 'the engine is stopping: come back with Last-Event-ID' })
  })

  it('keeps no place for a listener that left while its key was looked up', async () => {
    const { gate, open, url } = await rig()
    const asked = Promise.withResolvers<void>()
    const known = Promise.withResolvers<void>()
    gate.pass = () => {
      asked.resolve()
      return known.promise
    }
    const gone = new AbortController()
    const leaving = fetch(`${url}/stream`, { headers: headers('acme'), signal: gone.signal }).catch(() => 'left')
    await asked.promise
    gone.abort()
    expect(await leaving).toBe('left')
    await expect.poll(() => gate.closed).toBe(1)
    gate.pass = async () => {}
    known.resolve()
    await nextTurn()
    const all = Array.from({ length: 20 }, () => open('acme'))
    await Promise.all(all.map(ready))
  })

  it('has at most 20 listeners of a tenant', async () => {
    const { open } = await rig()
    const all = Array.from({ length: 20 }, () => open('acme'))
    await Promise.all(all.map(ready))
    expect(await open('acme').status).toBe(429)
    expect(await open('other').status).toBe(200)
    all[0]!.close()
    await expect.poll(() => open('acme').status).toBe(200)
  })
})

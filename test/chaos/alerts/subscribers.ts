import { setTimeout as sleep } from 'node:timers/promises'
import type { LogRecord } from '../../../pipelines/log/port.ts'
import type { Store } from '../../../pipelines/store/client.ts'
import { StoreError } from '../../../pipelines/store/errors.ts'
import { alertPartition, parseAlert } from '../../../schemas/alerts.ts'
import { type AlertStream, followAlerts } from '../../support/alert-stream.ts'
import type { Receiver } from '../../support/receiver.ts'
import type { Stack } from '../stack/stack.ts'
import { TENANT } from '../truth/content.ts'
import { makeApi } from './api.ts'
import { dataOf, differAlerts, type Revision, revisionOf } from './compare.ts'

/** Whoever has rules, and is told of what they say, while the engine is killed. */
export type Subscribers = {
  /**
   * Removes the rule, so that nothing more is told of, and waits until everybody has heard of everything.
   *
   * @returns what the table holds then, read while the engine still runs, and what did not hold until then
   */
  settle(): Promise<{ readonly table: readonly Revision[]; readonly findings: readonly string[] }>
  /** Holds what all of them have against the topic, which can be read when the engine has ended. */
  judge(table: readonly Revision[], topic: readonly (readonly LogRecord[])[]): string[]
  stop(): Promise<void>
}

/**
 * Sets a rule that a plain load breaks all the time, and subscribes to their alerts: a stream that comes back whenever it
 * is cut off, and a webhook. What has been told is acknowledged, as a person would, so that commands are among what must
 * not be lost.
 *
 * @param receiver  exempt from the address rule in every process of the stack; its secrets are added here
 */
export async function subscribe(stack: Stack, receiver: Receiver, secrets: string[]): Promise<Subscribers> {
  const api = makeApi(stack, await stack.home.key())
  const webhook = (await api('POST', '/v1/webhooks', { url: receiver.url })) as { secret: string }
  secrets.push(webhook.secret)
  const { rule } = (await api('POST', '/v1/alert-rules', RULE)) as { rule: string }
  const stream = followAlerts(stack.query.url, await stack.home.key())
  const people = acknowledge(stream, api)

  async function settle() {
    await people.stop()
    await api('DELETE', `/v1/alert-rules/${rule}`)
    const store = stack.home.connect()
    try {
      return await atRest(store, people.done, stream, receiver)
    } finally {
      await store.close()
    }
  }

  return {
    settle,
    judge(table, topic) {
      const own = topic[alertPartition(TENANT, topic.length)] ?? []
      return [
        ...stream.complaints,
        ...differAlerts({
          table,
          topic: own.map(({ offset, value }) => ({ ...revisionOf(value!.toString()), offset })),
          stream: stream.events,
          webhook: receiver.received.map(({ body }) => revisionOf(dataOf(body))),
        }),
      ]
    },
    async stop() {
      await people.stop()
      await stream.stop()
    },
  }
}

/**
 * Every hour with an order breaks it, and every hour without one mends it. By five minutes it would be a thousand alerts
 * one after the other, and they would be what is waited for.
 */
const RULE = { metric: 'orders', grain: 'hour', condition: { op: 'above', value: '0' } }

/** Acknowledges alerts as they are told of. `done` are those whose acknowledgement was accepted. */
function acknowledge(stream: AlertStream, api: ReturnType<typeof makeApi>) {
  const done = new Set<string>()
  let stopping = false
  async function run(): Promise<void> {
    for (let at = 0; !stopping && done.size < ACKNOWLEDGED_MAX; ) {
      const event = stream.events[at]
      if (event === undefined) {
        await sleep(100)
        continue
      }
      at++
      const { id } = parseAlert(event.bytes)
      if (done.has(id)) continue
      await api('POST', `/v1/alerts/${id}/acknowledge`, { by: 'chaos' }, `ack-${id}`)
      done.add(id)
    }
  }
  const running = run()
  // Whoever stops it sees the failure.
  running.catch(() => undefined)
  return {
    done,
    stop() {
      stopping = true
      return running
    },
  }
}

/** Waits until the table has been the same for a while and everybody has all of it. */
async function atRest(store: Store, acknowledged: ReadonlySet<string>, stream: AlertStream, receiver: Receiver) {
  let table: readonly Revision[] = []
  let changed = performance.now()
  for (const until = changed + REST_MAX_MS; ; await sleep(250)) {
    const now = await readTable(store, table)
    if (now.length !== table.length) changed = performance.now()
    table = now
    const heard = [stream.events.map(({ bytes }) => bytes), receiver.received.map(({ body }) => dataOf(body))]
    const missing = heard.some((all) => !isSubset(table, new Set(all)))
    const open = findOpen(table, acknowledged)
    const late = performance.now() > until
    if (!late && (missing || open.length > 0 || performance.now() - changed < REST_MS)) continue
    return { table, findings: [...open, ...(table.length === 0 ? ['no alert was raised'] : [])] }
  }
}

/** Alerts that are not over although their rules are gone, or that nobody acknowledged although somebody did. */
function findOpen(table: readonly Revision[], acknowledged: ReadonlySet<string>): string[] {
  const newest = new Map<string, Revision>()
  for (const one of table) if ((newest.get(one.id)?.revision ?? 0) < one.revision) newest.set(one.id, one)
  return [...newest.values()].flatMap(({ bytes, id }) => {
    const { acknowledged_by, ended_at } = parseAlert(bytes)
    const findings = ended_at === null ? [`${id} is open although its rule was removed`] : []
    if (acknowledged.has(id) && acknowledged_by === null) findings.push(`${id}: an acknowledgement was lost`)
    return findings
  })
}

function isSubset(table: readonly Revision[], heard: ReadonlySet<string>): boolean {
  return table.every(({ bytes }) => heard.has(bytes))
}

/** Every row, also those that the table has twice; what was read before while the store is away. */
async function readTable(store: Store, before: readonly Revision[]): Promise<readonly Revision[]> {
  try {
    const rows = await store.query<[string, number, string]>(
      'SELECT id, revision, record FROM alerts WHERE tenant = {tenant:String} ORDER BY seq',
      { tenant: TENANT },
      { format: 'JSONCompactEachRow' },
    )
    return rows.map(([id, revision, bytes]) => ({ id, revision, bytes }))
  } catch (error) {
    if (!(error instanceof StoreError && error.retryable)) throw error
    return before
  }
}

const ACKNOWLEDGED_MAX = 25
/** A look of the rules comes within some seconds of what it looks at. */
const REST_MS = 4_000
/** A stage whose dependency has failed again and again pauses for half a minute. */
const REST_MAX_MS = 100_000

/** Ways to break what tells of alerts: the bugs, and the deaths at which they bite. */

import type { Log } from '../../../pipelines/log/port.ts'
import type { Store } from '../../../pipelines/store/client.ts'
import { deliveryLedger } from '../../../pipelines/webhooks/ledger.ts'
import type { Webhook } from '../../../pipelines/webhooks/webhook.ts'
import { TOPICS } from '../../../schemas/topics.ts'
import { type Broken, DEATH, type Ports } from './break.ts'

/** The bug of a journal that tells of a revision before it is durable. */
export function toldFirst({ log, store }: Ports): Broken {
  let met = 0
  let held: (() => Promise<unknown>)[] = []
  const insertNative: Store['insertNative'] = async (sql, body, ...rest) => {
    if (!isAlerts(sql)) return store.insertNative(sql, body, ...rest)
    met++
    // The journal may use its buffers again.
    const copy = Buffer.concat([body].flat())
    held.push(() => store.insertNative(sql, copy, ...rest))
    return { written_rows: 1 }
  }
  const append: Log['append'] = async (topic, ...rest) => {
    const answer = await log.append(topic, ...rest)
    const waiting = topic === ALERTS ? held : []
    if (waiting.length > 0) held = []
    for (const insert of waiting) await insert()
    return answer
  }
  return { log: { ...log, append }, store: { ...store, insertNative }, met: () => met }
}

/** The bug of a journal that does not look for what its predecessor left untold. */
export function leftUntold({ log, store }: Ports): Broken {
  let met = 0
  const query: Store['query'] = (sql, ...rest) => {
    if (!/FROM alerts FINAL WHERE seq >/.test(sql)) return store.query(sql, ...rest)
    met++
    return Promise.resolve([])
  }
  return { log, store: { ...store, query }, met: () => met }
}

/** The bug of a delivery that moves its place when it has read, not when it has delivered. */
export function movedFirst({ log, store }: Ports, webhook: Webhook): Broken {
  let met = 0
  const read: Log['read'] = async (topic, ...rest) => {
    const records = await log.read(topic, ...rest)
    if (topic === ALERTS && records.length > 0) {
      met++
      await deliveryLedger(store).movePlace(webhook, { next_offset: records.at(-1)!.offset + 1, gone: false })
    }
    return records
  }
  return { log: { ...log, read }, store, met: () => met }
}

/** A process that dies when one of the two is done, whichever comes first: a revision is in the table, or on the topic. */
export function dyingBetween({ log, store }: Ports): Ports {
  let dead = false
  const once = async <T>(act: () => Promise<T>, last: boolean): Promise<T> => {
    if (dead) throw new Error(DEATH)
    const answer = await act()
    dead ||= last
    if (dead) throw new Error(DEATH)
    return answer
  }
  return {
    store: {
      ...store,
      insertNative: (sql, ...rest) => once(() => store.insertNative(sql, ...rest), isAlerts(sql)),
    },
    log: { ...log, append: (topic, ...rest) => once(() => log.append(topic, ...rest), topic === ALERTS) },
  }
}

/** A process that dies when it has read an alert, before it can do anything with it. */
export function dyingAtReading({ log, store }: Ports): Ports {
  const read: Log['read'] = async (topic, ...rest) => {
    const records = await log.read(topic, ...rest)
    if (topic === ALERTS && records.length > 0) throw new Error(DEATH)
    return records
  }
  return { store, log: { ...log, read } }
}

function isAlerts(sql: string): boolean {
  return /INTO alerts\b/.test(sql)
}

const ALERTS = TOPICS.alerts.name

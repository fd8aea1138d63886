/** Ways to break what a pipeline is given: the bugs, and the deaths at which they bite. */

import { type Claim, type Committed, type Consumer, type Log, LogError } from '../../../pipelines/log/port.ts'
import type { Store } from '../../../pipelines/store/client.ts'

/** What a pipeline is given. */
export type Ports = { readonly log: Log; readonly store: Store }

/** How often a break was met: one that never was broke nothing, and its scenario shows nothing. */
export type Broken = Ports & { readonly met: () => number }

/** The bug of a writer that commits without saying what it is about to insert. */
export function withoutIntent({ log, store }: Ports): Broken {
  let met = 0
  const commit = (consumer: Consumer, claim: Claim, place: Committed) => {
    if (place.metadata !== '') met++
    return consumer.commit(claim, { ...place, metadata: '' })
  }
  return {
    store,
    log: withConsumer(log, (consumer) => ({ commit: (...args) => commit(consumer, ...args) })),
    met: () => met,
  }
}

/** The bug of a writer that commits the end of a batch where it should only say that it begins. */
export function committingFirst({ log, store }: Ports): Broken {
  let met = 0
  const commit = (consumer: Consumer, claim: Claim, place: Committed) => {
    if (place.metadata === '') return consumer.commit(claim, place)
    met++
    return consumer.commit(claim, { offset: JSON.parse(place.metadata).hi, metadata: '' })
  }
  return {
    store,
    log: withConsumer(log, (consumer) => ({ commit: (...args) => commit(consumer, ...args) })),
    met: () => met,
  }
}

/** The bug of a writer that does not ask which rows are there. */
export function withoutVerify({ log, store }: Ports): Broken {
  let met = 0
  const query: Store['query'] = (sql, ...rest) => {
    if (!/^\s*SELECT _offset, _row\s+FROM/.test(sql)) return store.query(sql, ...rest)
    met++
    return Promise.resolve([])
  }
  return { log, store: { ...store, query }, met: () => met }
}

/** The bug of an insert that takes its rows whoever the newest writer is. */
export function withoutFence({ log, store }: Ports): Broken {
  let met = 0
  const insertNative: Store['insertNative'] = (sql, ...rest) => {
    if (bare(sql) !== sql) met++
    return store.insertNative(bare(sql), ...rest)
  }
  return { log, store: { ...store, insertNative }, met: () => met }
}

/** An insert without the condition that its writer is the newest: see `pipelines/runner/fence.ts`. */
export function bare(sql: string): string {
  return sql.replace(/( FROM input\('(?:[^'\\]|\\.)*'\)) WHERE .* FORMAT Native$/, '$1 FORMAT Native')
}

/** A process that dies at its n-th insert, or at the commit that ends a batch. Nothing it does later happens. */
export function dying({ log, store }: Ports, at: { readonly insert: number } | 'commit'): Ports {
  let inserts = 0
  let dead = false
  const alive = () => {
    if (dead) throw new Error(DEATH)
  }
  const insertNative: Store['insertNative'] = async (...args) => {
    alive()
    inserts++
    if (at !== 'commit' && inserts >= at.insert) {
      dead = true
      alive()
    }
    return store.insertNative(...args)
  }
  const commit = async (consumer: Consumer, claim: Claim, place: Committed) => {
    alive()
    if (at === 'commit' && inserts > 0 && place.metadata === '') {
      dead = true
      alive()
    }
    await consumer.commit(claim, place)
  }
  return {
    store: { ...store, insertNative },
    log: withConsumer(
      {
        ...log,
        append: async (...args) => {
          alive()
          return log.append(...args)
        },
      },
      (consumer) => ({
        commit: (...args) => commit(consumer, ...args),
      }),
    ),
  }
}

export const DEATH = 'died'

/**
 * A process that is stopped before its first insert, until `wake`: what it then does to the log is refused, since its
 * partitions have been given to others.
 */
export function sleeping({ log, store }: Ports): Ports & { readonly asleep: Promise<void>; wake(): void } {
  const asleep = Promise.withResolvers<void>()
  const awake = Promise.withResolvers<void>()
  let woken = false
  const insertNative: Store['insertNative'] = async (...args) => {
    asleep.resolve()
    await awake.promise
    return store.insertNative(...args)
  }
  const held = () => {
    if (woken) throw new LogError('fenced', 'the partition was given to another process')
  }
  return {
    asleep: asleep.promise,
    wake() {
      woken = true
      awake.resolve()
    },
    store: { ...store, insertNative },
    log: withConsumer(log, (consumer) => ({
      poll: async (...args) => {
        held()
        return consumer.poll(...args)
      },
      committed: async (...args) => {
        held()
        return consumer.committed(...args)
      },
      commit: async (...args) => {
        held()
        return consumer.commit(...args)
      },
    })),
  }
}

function withConsumer(log: Log, change: (consumer: Consumer) => Partial<Consumer>): Log {
  return {
    ...log,
    async join(...args) {
      const consumer = await log.join(...args)
      return { ...consumer, ...change(consumer) }
    },
  }
}

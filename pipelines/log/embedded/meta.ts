import { open, type RootDatabase } from 'lmdb'
import type { TopicSpec } from '../port.ts'
import { LogError } from '../port.ts'
import { committed } from './lmdb-error.ts'
import { type ClosedSegment, checkTopicName, EMPTY_TAIL, type Tail } from './segment.ts'
import { PARTITIONS_MAX } from './shared.ts'

/** Where a group stands in a partition: the port's place and the generation of the last assignment. */
export type GroupPlace = { readonly offset: number; readonly metadata: string; readonly generation: number }

/** `slot` is the first of the topic's partitions in the shared table, one after the other. */
export type Topic = Omit<TopicSpec, 'name'> & { readonly slot: number }

export type MetaKey = readonly (string | number)[]
export type MetaWrite = { readonly key: MetaKey; readonly value: unknown }

export const topicKey = (topic: string): MetaKey => ['topic', topic]
export const tailKey = (topic: string, partition: number): MetaKey => ['tail', topic, partition]
export const segmentKey = (topic: string, partition: number, base: number): MetaKey => [
  'segment',
  topic,
  partition,
  base,
]
export const placeKey = (group: string, topic: string, partition: number): MetaKey => ['place', topic, partition, group]
export const stateKey = (key: string): MetaKey => ['state', key]

/**
 * The transactional meta store of a log directory. A write resolves once its transaction is on the disk, and that
 * transaction is the commit point of the log: before it a record was not appended, an offset not committed.
 *
 * LMDB runs with plain synchronous commits. Its overlapping mode would resolve before the flush, and it hung when
 * synchronous and asynchronous transactions met (lmdb 3.5.6). Threads of one process share the environment.
 */
export type Meta = {
  topic(name: string): Topic | undefined
  topics(): ReadonlyMap<string, Topic>
  /** Creates what is missing, leaves the rest as it is. */
  ensureTopics(specs: readonly TopicSpec[]): Promise<void>
  tail(topic: string, partition: number): Tail
  closedSegments(topic: string, partition: number): ClosedSegment[]
  place(group: string, topic: string, partition: number): GroupPlace | undefined
  /** Of every group known on this partition: a member once had it assigned. */
  places(topic: string, partition: number): GroupPlace[]
  get(key: MetaKey): unknown
  /** All in one transaction; `undefined` removes. Later calls of a thread are written after earlier ones. */
  write(writes: readonly MetaWrite[]): Promise<void>
  close(): Promise<void>
}

/** More than the meta data of 4,096 partitions will ever need. It reserves addresses, not disk. */
const MAP_BYTES = 2 ** 30

/** @throws LogError format_too_new */
export async function openMeta(path: string): Promise<Meta & { readonly is_new: boolean }> {
  const db: RootDatabase<unknown, MetaKey & string[]> = open({
    path,
    noSubdir: false,
    overlappingSync: false,
    commitDelay: 0,
    // Batching by turn keeps a promise of its own that nobody can catch: a full disk would end the process.
    eventTurnBatching: false,
    encoding: 'json',
    mapSize: MAP_BYTES,
  })
  const key = (parts: MetaKey) => parts as MetaKey & string[]
  const get = (parts: MetaKey) => db.get(key(parts))
  /** Another thread may have written since this one last looked; LMDB keeps a snapshot for a turn of the event loop. */
  const look = (parts: MetaKey) => {
    db.resetReadTxn()
    return get(parts)
  }
  const range = function* <T>(prefix: MetaKey): Generator<{ last: string | number; value: T }> {
    // In LMDB's key order an array that goes on sorts right behind its prefix, and null before everything else.
    for (const entry of db.getRange({ start: key(prefix), end: key([...prefix, '\u{10ffff}']) })) {
      if (entry.key.length === prefix.length + 1) yield { last: entry.key.at(-1)!, value: entry.value as T }
    }
  }
  const is_new = look(['format']) === undefined
  try {
    await migrate({ get: look, write }, MIGRATIONS)
  } catch (error) {
    await db.close()
    throw error
  }

  async function write(entries: readonly MetaWrite[]): Promise<void> {
    const writes: Promise<unknown>[] = []
    const batch = db.batch(() => {
      for (const entry of entries) {
        writes.push(entry.value === undefined ? db.remove(key(entry.key)) : db.put(key(entry.key), entry.value))
      }
    })
    await committed(batch, writes)
  }

  const list = <T>(prefix: MetaKey) => {
    db.resetReadTxn()
    return [...range<T>(prefix)]
  }

  return {
    topic: (name) => look(topicKey(name)) as Topic | undefined,
    topics: () => new Map(list<Topic>(['topic']).map(({ last, value }) => [String(last), value])),
    ensureTopics: async (specs) => {
      for (const { name } of specs) checkTopicName(name)
      // A transaction with a callback holds the write lock while this thread runs: only when there is something to do.
      if (specs.every(({ name }) => look(topicKey(name)) !== undefined)) return
      const writes: Promise<unknown>[] = []
      const creating = db.transaction(() => {
        const known = [...range<Topic>(['topic'])].map(({ value }) => value)
        const missing = specs.filter(({ name }) => get(topicKey(name)) === undefined)
        let slot = Math.max(0, ...known.map((topic) => topic.slot + topic.partitions))
        if (slot + missing.reduce((sum, { partitions }) => sum + partitions, 0) > PARTITIONS_MAX) {
          throw new RangeError(`the embedded log has at most ${PARTITIONS_MAX} partitions in all its topics`)
        }
        for (const { name, ...spec } of missing) {
          writes.push(db.put(key(topicKey(name)), { ...spec, slot }))
          slot += spec.partitions
        }
      })
      await committed(creating)
      await Promise.all(writes)
    },
    tail: (topic, partition) => (look(tailKey(topic, partition)) as Tail | undefined) ?? EMPTY_TAIL,
    closedSegments: (topic, partition) => list<ClosedSegment>(['segment', topic, partition]).map(({ value }) => value),
    place: (group, topic, partition) => look(placeKey(group, topic, partition)) as GroupPlace | undefined,
    places: (topic, partition) => list<GroupPlace>(['place', topic, partition]).map(({ value }) => value),
    get: look,
    write,
    close: () => db.close(),
    is_new,
  }
}

export type Migration = (store: Pick<Meta, 'get' | 'write'>) => readonly MetaWrite[]

/** `MIGRATIONS[n]` brings format n + 1 to n + 2. The format of today is one more than there are migrations. */
const MIGRATIONS: readonly Migration[] = []

/**
 * Brings the store to the newest format, each step in a transaction of its own.
 *
 * @throws LogError format_too_new
 */
export async function migrate(store: Pick<Meta, 'get' | 'write'>, migrations: readonly Migration[]): Promise<void> {
  const newest = migrations.length + 1
  const found = store.get(['format'])
  if (found === undefined) return store.write([{ key: ['format'], value: newest }])
  if (typeof found !== 'number') throw new LogError('log_corrupt', `meta store: format is ${JSON.stringify(found)}`)
  if (found > newest) {
    throw new LogError('format_too_new', `the log has format ${found}, this program knows up to ${newest}`)
  }
  for (let format = found; format < newest; format += 1) {
    const step = migrations[format - 1]!
    await store.write([...step(store), { key: ['format'], value: format + 1 }])
  }
}

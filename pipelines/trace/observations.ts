import { FAMILIES } from '../../schemas/events/registry.ts'
import { identityHash } from '../../schemas/identity.ts'
import type { Store } from '../store/client.ts'
import type { TraceRequest } from './request.ts'

/** One accepted observation, as the table `identities` has it. */
export type Observed = {
  readonly source: string
  readonly type: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** What it was to those before it; `older` arrived late and never counted in a window. */
  readonly state: 'first' | 'newer' | 'older'
  /** Whether no other observation of its identity has taken its place. */
  readonly current: boolean
  readonly occurred_at: string
  /** Local day of the account or shop. */
  readonly day: string
  /** Import run that brought it; '' where it came by the collector. */
  readonly run: string
}

/**
 * All observations of an id. Identities are found by their hash, so every source that the tenant ever had is tried with
 * every type where the request names none: a few hundred hashes at most, each a lookup by primary key.
 */
export async function observations(store: Store, topic: string, request: TraceRequest): Promise<Observed[]> {
  const { tenant, id } = request
  const sources = request.source === undefined ? await sourcesOf(store, tenant) : [request.source]
  const types = request.type === undefined ? FAMILIES.map(({ type }) => type) : [request.type]
  const sourceOf = new Map<string, string>()
  for (const source of sources) {
    for (const type of types) {
      const words = new Uint32Array(4)
      identityHash({ tenant, source, type, id }, words)
      sourceOf.set(Buffer.from(words.buffer).toString('hex'), source)
    }
  }
  const hashes = [...sourceOf.keys()]
  const found: Observed[] = []
  for (let at = 0; at < hashes.length; at += HASHES_A_QUERY) {
    const some = hashes.slice(at, at + HASHES_A_QUERY)
    const rows = await store.query<Row>(
      `SELECT lower(hex(id_hash)) AS hash, type, _partition AS partition, toInt64(_offset) AS offset, occurred_ms,
         toString(day) AS day, run
       FROM identities
       WHERE id_hash IN (SELECT toFixedString(unhex(arrayJoin({some:Array(String)})), 16))
         AND tenant = {tenant:String} AND _topic = {topic:String}
       ORDER BY hash, offset`,
      { some, tenant, topic },
    )
    for (const group of Map.groupBy(rows, ({ hash }) => hash).values()) {
      found.push(...judged(group, sourceOf.get(group[0]!.hash)!, topic))
    }
  }
  return found.sort((a, b) => a.partition - b.partition || a.offset - b.offset)
}

async function sourcesOf(store: Store, tenant: string): Promise<string[]> {
  const rows = await store.query<{ source: string }>(
    'SELECT DISTINCT source FROM watermarks WHERE tenant = {tenant:String} ORDER BY source',
    { tenant },
  )
  return rows.map(({ source }) => source)
}

type Row = {
  readonly hash: string
  readonly type: string
  readonly partition: number
  readonly offset: string
  readonly occurred_ms: string
  readonly day: string
  readonly run: string
}

/** Observations of one identity in log order, judged as the pipeline did: the greatest time wins, then the offset. */
function judged(rows: readonly Row[], source: string, topic: string): Observed[] {
  let newest = -1
  const states = rows.map((row, at) => {
    if (newest !== -1 && Number(row.occurred_ms) < Number(rows[newest]!.occurred_ms)) return 'older' as const
    newest = at
    return at === 0 ? ('first' as const) : ('newer' as const)
  })
  return rows.map((row, at) => ({
    source,
    type: row.type,
    topic,
    partition: row.partition,
    offset: Number(row.offset),
    state: states[at]!,
    current: at === newest,
    occurred_at: new Date(Number(row.occurred_ms)).toISOString(),
    day: row.day,
    run: row.run,
  }))
}

/** The embedded store puts parameters into the text of the query, which may have 262,144 bytes. */
const HASHES_A_QUERY = 5_000

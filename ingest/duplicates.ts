import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../pipelines/clock.ts'
import type { Bloom } from '../pipelines/identities/bloom.ts'
import { knownIdentities } from '../pipelines/identities/known.ts'
import { type Store, StoreError } from '../pipelines/store/client.ts'
import { storeErrorOf } from '../pipelines/store/errors.ts'
import { createBreaker } from '../pipelines/store/retry.ts'
import { type Contents, ContentTable, ENTRY_WORDS, RecentContents } from './recent-contents.ts'

/**
 * Tells a sender that an event came before, and keeps it off the log a second time.
 *
 * This is a service to the sender, not the truth: the facts pipeline judges every record again, in the order of the
 * log. So where the answer cannot be had (the store does not answer, another process took the same event a moment
 * ago) the event counts as new, and the pipeline drops it. Nothing here can lose an event: `duplicate` is said only of
 * what is durable on the log or in the store, with the very same content.
 */
export type Duplicates = {
  /** 1 for each entry that was seen, in this list before it or earlier. */
  find(tenant: string, entries: Contents): Promise<Uint8Array>
  /** These entries are durable on the log now. */
  remember(entries: Contents, which: Iterable<number>): void
  /** The number that stands for a tenant in the entries. */
  tenantNumber(tenant: string): number
  /** Stops the background work. */
  close(): void
}

export type DuplicatesDeps = {
  readonly store: Store
  /**
   * Says which identities the store need not be asked for. Undefined where other processes append too, whose events
   * the filter would not know: then the store is asked for all.
   */
  readonly bloom?: Bloom | undefined
  /** Topic and number of partitions whose identities fill the filter at start. */
  readonly topic: string
  readonly partitions: number
  /** Where the pipelines keep a filter between starts; read here, and never written. */
  readonly filter_file?: string
  /** Appended events kept in mind until the store knows them. */
  readonly recent_max?: number
  /** How long an answer of the store is waited for; collecting must not wait longer (300 ms by default). */
  readonly store_wait_ms?: number
  readonly clock: Clock
  /** The store was not asked, or not in time, and why; collecting went on. */
  readonly onStoreError: (error: StoreError) => void
}

export function makeDuplicates(deps: DuplicatesDeps): Duplicates {
  const { bloom, store, clock, store_wait_ms = STORE_WAIT_MS } = deps
  const recent = new RecentContents(deps.recent_max ?? 200_000)
  const tenants = new Map<string, number>()
  const stop = new AbortController()
  let filled = false
  // Every request would wait for a silent store otherwise.
  const breaker = createBreaker({ clock, failures_max: 1, open_ms: STORE_REST_MS })
  if (bloom !== undefined) {
    fillInTurn(deps, bloom, stop.signal).then((done) => {
      filled = done
    })
  }

  /** Entries, by number, that only the store can tell about. */
  function unsure(entries: Contents, seen: Uint8Array): number[] {
    const out: number[] = []
    for (let at = 0; at < seen.length; at += 1) {
      if (seen[at] === 1) continue
      if (bloom === undefined || !filled || bloom.mayHave(entries, at * ENTRY_WORDS)) out.push(at)
    }
    return out
  }

  return {
    async find(tenant, entries) {
      const seen = new Uint8Array(entries.length / ENTRY_WORDS)
      const here = new ContentTable(seen.length)
      for (let at = 0; at < seen.length; at += 1) if (!here.add(entries, at) || recent.has(entries, at)) seen[at] = 1
      const ask = unsure(entries, seen)
      if (ask.length === 0) return seen
      const isKnown = breaker.isOpen()
      try {
        await breaker.run(() => askStore(store, tenant, entries, ask, { seen, wait_ms: store_wait_ms }))
      } catch (error) {
        if (!(error instanceof StoreError)) throw error
        if (!isKnown) deps.onStoreError(error)
      }
      return seen
    },

    remember(entries, which) {
      for (const at of which) {
        recent.add(entries, at)
        bloom?.add(entries, at * ENTRY_WORDS)
      }
    },

    tenantNumber(tenant) {
      const known = tenants.get(tenant)
      if (known !== undefined) return known
      tenants.set(tenant, tenants.size)
      return tenants.size - 1
    },

    close: () => stop.abort(),
  }
}

type Answer = { readonly seen: Uint8Array; readonly wait_ms: number }

/** Marks what the store has. The table is ordered by hash, so this reads a few granules for each. */
async function askStore(store: Store, tenant: string, entries: Contents, ask: number[], into: Answer): Promise<void> {
  const { seen, wait_ms } = into
  const signal = AbortSignal.timeout(wait_ms)
  const silent = (cause: unknown): never => {
    if (!signal.aborted) throw cause
    throw new StoreError('unavailable', 0, `the store did not answer within ${wait_ms} ms`, { cause })
  }
  for (let from = 0; from < ask.length; from += HASHES_A_QUERY) {
    const some = ask.slice(from, from + HASHES_A_QUERY)
    const hashes = some.map((at) => hexOf(entries, at))
    const query = store.query<[string, string]>(
      `SELECT DISTINCT lower(hex(id_hash)), toString(content) FROM identities
       WHERE id_hash IN (
         SELECT toFixedString(substring(unhex({hashes:String}), number * 16 + 1, 16), 16) FROM numbers({count:UInt32}))
         AND tenant = {tenant:String}`,
      { hashes: hashes.join(''), count: some.length, tenant },
      { format: 'JSONCompactEachRow', signal },
    )
    const rows = await query.catch(silent)
    const known = new Set(rows.map(([hash, content]) => `${hash} ${content}`))
    for (const [n, at] of some.entries()) if (known.has(`${hashes[n]} ${contentOf(entries, at)}`)) seen[at] = 1
  }
}

/** The hash as the store spells it: the bytes of the words. */
function hexOf(entries: Contents, at: number): string {
  return Buffer.from(entries.buffer, entries.byteOffset + at * ENTRY_WORDS * 4, 16).toString('hex')
}

/** The content fingerprint as the store answers it: an unsigned decimal. */
function contentOf(entries: Contents, at: number): string {
  const from = at * ENTRY_WORDS
  return ((BigInt(entries[from + 4]!) << 32n) | BigInt(entries[from + 5]!)).toString()
}

/** Fills the filter from the store, beginning again until it worked: adding twice does no harm. */
async function fillInTurn(deps: DuplicatesDeps, bloom: Bloom, stop: AbortSignal): Promise<boolean> {
  const { store, topic, filter_file } = deps
  const file = filter_file === undefined ? {} : { file: filter_file }
  while (!stop.aborted) {
    try {
      const known = knownIdentities({ store, bloom, topic, ...file, onFileError: UNUSABLE })
      for (let partition = 0; partition < deps.partitions; partition += 1) await known.fill(partition)
      return true
    } catch (error) {
      if (stop.aborted) return false
      // A connection that is cut while the answer streams is no StoreError yet.
      deps.onStoreError(storeErrorOf(error, 'filling the filter of known identities'))
      await pause(stop)
    }
  }
  return false
}

/** Ends early, and without an error, when stopped. */
function pause(stop: AbortSignal): Promise<void> {
  return sleep(STORE_REST_MS, undefined, { signal: stop, ref: false }).catch((error: Error) => {
    if (error.name !== 'AbortError') throw error
  })
}

/** The pipelines say so: they read the same file, and write it. */
const UNUSABLE = () => undefined
const STORE_WAIT_MS = 300
/** After it failed to answer, nobody asks it for this long. */
const STORE_REST_MS = 5_000
/** The embedded store puts parameters into the text of the query, which may have 262,144 bytes: 32 for a hash. */
const HASHES_A_QUERY = 7_500

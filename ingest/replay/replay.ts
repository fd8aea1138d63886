import { TupleParam } from '@clickhouse/client'
import { UNKNOWN_TENANT } from '../../pipelines/decode/decode.ts'
import type { Log } from '../../pipelines/log/port.ts'
import type { Store } from '../../pipelines/store/client.ts'
import type { Tenants } from '../../pipelines/tenants/port.ts'
import type { Vault } from '../../pipelines/vault/port.ts'
import type { CanonicalEvent } from '../../schemas/canonical.ts'
import { encodeEvent } from '../../schemas/canonical.ts'
import { isWellFormed } from '../../schemas/canonical-shape.ts'
import { familyOf } from '../../schemas/events/registry.ts'
import { identityHash, partitionOf } from '../../schemas/identity.ts'
import { TOPICS } from '../../schemas/topics.ts'
import type { Acceptor } from '../accept.ts'
import { isNestedTooDeeply, NESTED_REASON } from '../nesting.ts'
import { type Patch, PatchError, patched } from './patch.ts'

export type ReplayDeps = {
  readonly log: Log
  readonly store: Store
  readonly vault: Vault
  readonly tenants: Tenants
  readonly acceptor: Acceptor
}

export type ReplayRequest = {
  readonly tenant: string
  /** Only dead letters with this code. */
  readonly code?: string
  /** Values to put in before sending again, by path: `data/total` → `12.00`. */
  readonly set?: readonly Patch[]
}

/** read = replayed + failed. A failed one stays open, with its reason. */
export type ReplayResult = {
  readonly read: number
  readonly replayed: number
  readonly failed: readonly { readonly at: string; readonly code: string; readonly reason: string }[]
}

/**
 * Sends dead letters again after a fix: of the code, of what was missing (a tenant, a mapping), or of the event by
 * `set`. What is accepted, or turns out to be a duplicate, is closed in the table `replays`.
 *
 * Killed in the middle, it sends some of them once more at the next run; the pipeline takes them once.
 */
export async function replayFailed(deps: ReplayDeps, request: ReplayRequest): Promise<ReplayResult> {
  const tenant = await deps.tenants.get(request.tenant)
  if (tenant === undefined) throw new Error(`there is no tenant ${request.tenant}`)
  const failed: { at: string; code: string; reason: string }[] = []
  let read = 0
  let replayed = 0
  for (let after: Letter | undefined; ; ) {
    const letters = await nextLetters(deps.store, request, after)
    if (letters.length === 0) return { read, replayed, failed }
    const closed: Letter[] = []
    for (const letter of letters) {
      const raw = await textOf(deps.vault, tenant.name, letter)
      if (raw === undefined) continue
      read++
      const problem = await sendAgain(deps, tenant, raw, request.set ?? [])
      if (problem === undefined) closed.push(letter)
      else failed.push({ at: `${letter._topic}/${letter._partition}/${letter._offset}`, ...problem })
    }
    replayed += closed.length
    await closeLetters(deps.store, closed)
    after = letters.at(-1)
  }
}

type Letter = {
  readonly _topic: string
  readonly _partition: number
  readonly _offset: string
  readonly _row: number
  /** Empty where the record named no tenant that there was. */
  readonly owner: string
  readonly raw_sealed: string
}

type Problem = { readonly code: string; readonly reason: string }

/** Open dead letters behind a place, in the order of the log: the tenant's, and those of no tenant known then. */
function nextLetters(store: Store, request: ReplayRequest, after: Letter | undefined): Promise<Letter[]> {
  return store.query<Letter>(
    `SELECT _topic, _partition, _offset, _row, tenant AS owner, raw_sealed FROM failed_events
     WHERE tenant IN ({tenant:String}, '') AND ({code:String} = '' OR code = {code:String})
       AND (_topic, _partition, _offset, _row) > ({topic:String}, {partition:UInt16}, {offset:Int64}, {row:UInt16})
       AND (_topic, _partition, _offset, _row) NOT IN (SELECT _topic, _partition, _offset, _row FROM replays WHERE tenant IN ({tenant:String}, ''))
     ORDER BY _topic, _partition, _offset, _row LIMIT ${LETTERS_A_PAGE}`,
    {
      tenant: request.tenant,
      code: request.code ?? '',
      topic: after?._topic ?? '',
      partition: after?._partition ?? 0,
      offset: after?._offset ?? -1,
      row: after?._row ?? 0,
    },
  )
}

/** What the letter holds; undefined for a record of no known tenant that does not name this one. */
async function textOf(vault: Vault, tenant: string, { owner, raw_sealed }: Letter): Promise<string | undefined> {
  if (owner !== '') return vault.openRaw(owner, raw_sealed)
  const raw = await vault.openRaw(UNKNOWN_TENANT, raw_sealed)
  try {
    const named = (JSON.parse(raw) as { tenant?: unknown } | null)?.tenant
    return named === tenant ? raw : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

async function sendAgain(
  deps: ReplayDeps,
  tenant: Parameters<Acceptor['accept']>[0],
  raw: string,
  set: readonly Patch[],
): Promise<Problem | undefined> {
  let event: unknown
  try {
    const found: unknown = JSON.parse(raw)
    if (isNestedTooDeeply(found)) return { code: 'invalid_event', reason: NESTED_REASON }
    event = patched(found, set)
  } catch (error) {
    if (error instanceof PatchError) return { code: 'invalid_event', reason: error.message }
    if (!(error instanceof SyntaxError)) throw error
    return { code: 'invalid_json', reason: 'the bytes are no event: mend the source and import or send it again' }
  }
  if (isCanonical(event)) return appendCanonical(deps.log, event)
  const [verdict] = await deps.acceptor.accept(tenant, [event])
  return typeof verdict === 'object' ? { code: verdict.code, reason: `${verdict.path}: ${verdict.reason}` } : undefined
}

/** What was valid and failed later (an id conflict): its personal data are sealed already, so it goes back as it is. */
async function appendCanonical(log: Log, event: CanonicalEvent): Promise<undefined> {
  const partitions = await log.partitions(TOPICS.events.name)
  const words = new Uint32Array(4)
  identityHash(event, words)
  const group = familyOf.get(event.type)!.group(event.id, event.data)
  const value = Buffer.from(encodeEvent(event, event.sealed, event.run))
  await log.append(TOPICS.events.name, partitionOf(event, group, partitions), [
    { key: Buffer.from(words.buffer), value },
  ])
}

/** A forged one, from a foreign producer, is none: the door says what is wrong with it. */
function isCanonical(event: unknown): event is CanonicalEvent {
  return typeof event === 'object' && event !== null && (event as { c?: unknown }).c === 1 && isWellFormed(event)
}

async function closeLetters(store: Store, letters: readonly Letter[]): Promise<void> {
  if (letters.length === 0) return
  await store.command(
    `INSERT INTO replays (tenant, _topic, _partition, _offset, _row, run, replayed_at)
     SELECT place.5, place.1, place.2, place.3, place.4, '', now64(3)
     FROM (SELECT arrayJoin({places:Array(Tuple(String, UInt16, Int64, UInt16, String))}) AS place)`,
    // JSON gives 64-bit integers as text, which a tuple would quote; an offset is exact as a number.
    { places: letters.map((l) => new TupleParam([l._topic, l._partition, Number(l._offset), l._row, l.owner])) },
  )
}

const LETTERS_A_PAGE = 500

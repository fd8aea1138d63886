import { TupleParam } from '@clickhouse/client'
import type { Log } from '../../pipelines/log/port.ts'
import type { Store } from '../../pipelines/store/client.ts'
import type { Tenants } from '../../pipelines/tenants/port.ts'
import type { Vault } from '../../pipelines/vault/port.ts'
import type { CanonicalEvent } from '../../schemas/canonical.ts'
import { encodeEvent } from '../../schemas/canonical.ts'
import { familyOf } from '../../schemas/events/registry.ts'
import { identityHash, partitionOf } from '../../schemas/identity.ts'
import { TOPICS } from '../../schemas/topics.ts'
import type { Acceptor } from '../accept.ts'
import { type Patch, patched } from './patch.ts'

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
      read++
      const problem = await sendAgain(deps, tenant, letter, request.set ?? [])
      if (problem === undefined) closed.push(letter)
      else failed.push({ at: `${letter._topic}/${letter._partition}/${letter._offset}`, ...problem })
    }
    replayed += closed.length
    await closeLetters(deps.store, request.tenant, closed)
    after = letters.at(-1)
  }
}

type Letter = {
  readonly _topic: string
  readonly _partition: number
  readonly _offset: string
  readonly _row: number
  readonly owner: string
  readonly raw_sealed: string
}

type Problem = { readonly code: string; readonly reason: string }

/** Open dead letters behind a place, in the order of the log. */
function nextLetters(store: Store, request: ReplayRequest, after: Letter | undefined): Promise<Letter[]> {
  return store.query<Letter>(
    `SELECT _topic, _partition, _offset, _row, tenant AS owner, raw_sealed FROM failed_events
     WHERE tenant = {tenant:String} AND ({code:String} = '' OR code = {code:String})
       AND (_topic, _partition, _offset, _row) > ({topic:String}, {partition:UInt16}, {offset:Int64}, {row:UInt16})
       AND (_topic, _partition, _offset, _row) NOT IN (SELECT _topic, _partition, _offset, _row FROM replays WHERE tenant = {tenant:String})
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

async function sendAgain(
  deps: ReplayDeps,
  tenant: Parameters<Acceptor['accept']>[0],
  letter: Letter,
  set: readonly Patch[],
): Promise<Problem | undefined> {
  const raw = await deps.vault.openRaw(tenant.name, letter.raw_sealed)
  let event: unknown
  try {
    event = patched(JSON.parse(raw), set)
  } catch (error) {
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

function isCanonical(event: unknown): event is CanonicalEvent {
  return typeof event === 'object' && event !== null && (event as { c?: unknown }).c === 1
}

async function closeLetters(store: Store, tenant: string, letters: readonly Letter[]): Promise<void> {
  if (letters.length === 0) return
  await store.command(
    `INSERT INTO replays (tenant, _topic, _partition, _offset, _row, run, replayed_at)
     SELECT {tenant:String}, place.1, place.2, place.3, place.4, '', now64(3)
     FROM (SELECT arrayJoin({places:Array(Tuple(String, UInt16, Int64, UInt16))}) AS place)`,
    // JSON gives 64-bit integers as text, which a tuple would quote; an offset is exact as a number.
    { tenant, places: letters.map((l) => new TupleParam([l._topic, l._partition, Number(l._offset), l._row])) },
  )
}

const LETTERS_A_PAGE = 500

import { setImmediate as breathe } from 'node:timers/promises'
import type { Clock } from '../pipelines/clock.ts'
import type { AppendRecord, Log } from '../pipelines/log/port.ts'
import type { Tenant } from '../pipelines/tenants/port.ts'
import type { SealItem, Vault } from '../pipelines/vault/port.ts'
import { encodeWithHash, type Sealed } from '../schemas/canonical.ts'
import { identityHash, partitionOf } from '../schemas/identity.ts'
import type { ParsedEvent } from '../schemas/parse.ts'
import { parseEventQuick } from '../schemas/quick-parse.ts'
import type { Acceptor, Verdict } from './accept.ts'
import type { Duplicates } from './duplicates.ts'
import { ENTRY_WORDS } from './recent-contents.ts'

export type AcceptorDeps = {
  readonly log: Log
  readonly vault: Vault
  readonly clock: Clock
  readonly duplicates: Duplicates
  /** The events topic, and its number of partitions as the log has it. */
  readonly topic: string
  readonly partitions: number
}

/**
 * The one door: parse, seal, encode, drop what came before, append.
 *
 * An error of the log or the vault rejects the whole call. Then nothing, or only a part, is on the log; sending the
 * same again is safe, because what got through is told as duplicate.
 */
export function makeAcceptor(deps: AcceptorDeps): Acceptor {
  return {
    async accept(tenant, events, options = {}) {
      const { verdicts, parsed } = await parseAll(tenant, events, deps.clock())
      if (parsed.length === 0) return verdicts
      const sealed = await sealAll(deps.vault, tenant.name, parsed)
      const { entries, texts } = encodeAll(deps.duplicates.tenantNumber(tenant.name), parsed, sealed, options.run)
      const seen = await deps.duplicates.find(tenant.name, entries)
      const lanes = sortByPartition(deps.partitions, parsed, entries, texts, seen, verdicts)
      await appendAll(deps, lanes, entries)
      return verdicts
    },
  }
}

type Parsed = { readonly index: number; readonly event: ParsedEvent }
type Lane = { readonly numbers: number[]; readonly records: AppendRecord[] }

async function parseAll(tenant: Tenant, events: readonly unknown[], now_ms: number) {
  const context = { tenant: tenant.name, zone: tenant.zone, now_ms }
  const verdicts: Verdict[] = new Array(events.length)
  const parsed: Parsed[] = []
  for (let index = 0; index < events.length; index += 1) {
    // Others get their turn: 50,000 events at once would hold the process for half a second.
    if (index > 0 && index % EVENTS_AT_A_STRETCH === 0) await breathe()
    const result = parseEventQuick(events[index], context)
    if (result.ok) parsed.push({ index, event: result.event })
    else verdicts[index] = result.rejection
  }
  return { verdicts, parsed }
}

/** Sealed personal data by position in `parsed`; events without any have none. */
async function sealAll(vault: Vault, tenant: string, parsed: readonly Parsed[]): Promise<(Sealed | undefined)[]> {
  const out = new Array<Sealed | undefined>(parsed.length)
  const items: SealItem[] = []
  const places: number[] = []
  for (let at = 0; at < parsed.length; at += 1) {
    const { personal, subject, id } = parsed[at]!.event
    if (personal === undefined || !Object.values(personal).some((field) => field != null)) continue
    items.push({ subject: subject ?? `event ${id}`, personal })
    places.push(at)
  }
  const sealed = await vault.seal(tenant, items)
  for (const [n, at] of places.entries()) out[at] = sealed[n]
  return out
}

/** The text of each event, and its entry in the list of contents: identity hash, content hash, tenant. */
function encodeAll(
  tenant: number,
  parsed: readonly Parsed[],
  sealed: readonly (Sealed | undefined)[],
  run: string | undefined,
) {
  const entries = new Uint32Array(parsed.length * ENTRY_WORDS)
  const texts: string[] = new Array(parsed.length)
  for (let at = 0; at < parsed.length; at += 1) {
    const { event } = parsed[at]!
    const { text, h } = encodeWithHash(event, sealed[at], run)
    const from = at * ENTRY_WORDS
    identityHash(event, entries.subarray(from, from + 4))
    entries[from + 4] = Number.parseInt(h.slice(0, 8), 16)
    entries[from + 5] = Number.parseInt(h.slice(8), 16)
    entries[from + 6] = tenant
    texts[at] = text
  }
  return { entries, texts }
}

/** One list of records for each partition, in the order of the events; gives every parsed event its verdict. */
function sortByPartition(
  partitions: number,
  parsed: readonly Parsed[],
  entries: Uint32Array,
  texts: readonly string[],
  seen: Uint8Array,
  verdicts: Verdict[],
): Lane[] {
  const lanes: Lane[] = Array.from({ length: partitions }, () => ({ numbers: [], records: [] }))
  for (let at = 0; at < parsed.length; at += 1) {
    const { index, event } = parsed[at]!
    if (seen[at] === 1) {
      verdicts[index] = 'duplicate'
      continue
    }
    const value = Buffer.from(texts[at]!)
    if (value.length > RECORD_BYTES_MAX) {
      verdicts[index] = { code: 'event_too_large', path: '', reason: `more than ${RECORD_BYTES_MAX} bytes on the log` }
      continue
    }
    verdicts[index] = 'accepted'
    const lane = lanes[partitionOf(event, event.group, partitions)]!
    lane.numbers.push(at)
    // A view, not a copy: entries are never written again.
    const key = Buffer.from(entries.buffer, at * ENTRY_WORDS * 4, 16)
    lane.records.push({ key, value })
  }
  return lanes
}

/**
 * All partitions at once. What is durable is remembered even when another partition failed, so that the sender's next
 * try adds only what is missing.
 */
async function appendAll({ log, topic, duplicates }: AcceptorDeps, lanes: readonly Lane[], entries: Uint32Array) {
  const results = await Promise.allSettled(
    lanes.map(async ({ numbers, records }, partition) => {
      if (records.length === 0) return
      await log.append(topic, partition, records)
      duplicates.remember(entries, numbers)
    }),
  )
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

/** Far above what an event of 1 MB, the collector's limit, can become; below what the log takes. */
const RECORD_BYTES_MAX = 4_000_000
const EVENTS_AT_A_STRETCH = 1_000

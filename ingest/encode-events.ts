import { setImmediate as breathe } from 'node:timers/promises'
import type { Tenant } from '../pipelines/tenants/port.ts'
import type { SealItem, Vault } from '../pipelines/vault/port.ts'
import { encodeWithHash, type Sealed } from '../schemas/canonical.ts'
import { type DirectEncoder, roomFor } from '../schemas/direct/direct-encoder.ts'
import { identityHash, partitionOf } from '../schemas/identity.ts'
import type { ParsedEvent } from '../schemas/parse.ts'
import { parseEventQuick } from '../schemas/quick-parse.ts'
import type { JsonEvents, Verdict } from './accept.ts'
import { ENTRY_WORDS } from './recent-contents.ts'

/** Events as they will lie on the log, in their order. */
export type EncodedEvents = {
  /** By place in what was given; of the rejected only. */
  readonly verdicts: Verdict[]
  readonly count: number
  /** Of the n-th encoded event: its place in what was given, its partition, and where its value lies in `bytes`. */
  readonly indexes: Uint32Array
  readonly partitions: Uint32Array
  readonly starts: Uint32Array
  readonly ends: Uint32Array
  readonly bytes: Buffer
  /** Identity hash, content hash and tenant of each: an entry of the list of contents. */
  readonly entries: Uint32Array
}

export type EncodeJob = {
  readonly tenant: Tenant
  readonly tenant_number: number
  readonly events: readonly unknown[] | JsonEvents
  readonly now_ms: number
  readonly run: string | undefined
  readonly partitions: number
  readonly vault: Vault
  readonly direct: DirectEncoder
  /** Memory to begin with. */
  readonly bytes: Buffer
}

/** What plain JSON text says is written as it is read; all else is parsed, and sealed where it is personal. */
export async function encodeEvents(job: EncodeJob): Promise<EncodedEvents> {
  const { events, direct, now_ms } = job
  const json = 'bytes' in events ? events : undefined
  const out = new Encoding(job, json === undefined ? (events as readonly unknown[]).length : json.starts.length)
  for (let index = 0; index < out.length; index += 1) {
    // Others get their turn: 50,000 events at once would hold the process for half a second.
    if (index > 0 && index % EVENTS_AT_A_STRETCH === 0) await breathe()
    if (json === undefined) out.takeObject(index, (events as readonly unknown[])[index])
    else {
      const start = json.starts[index]!
      const behind = direct.read(json.bytes, start, now_ms)
      // Both say -1 for what the direct way must leave alone.
      if (behind >= 0 && behind === json.ends[index] && out.takeDirect(index, behind - start)) continue
      const parsed = json.parse(index)
      if ('event' in parsed) out.takeObject(index, parsed.event)
      else out.verdicts[index] = parsed.rejection
    }
  }
  await out.seal()
  return out
}

type Personal = { readonly n: number; readonly event: ParsedEvent }

class Encoding implements EncodedEvents {
  readonly length: number
  readonly verdicts: Verdict[]
  readonly indexes: Uint32Array
  readonly partitions: Uint32Array
  readonly starts: Uint32Array
  readonly ends: Uint32Array
  readonly entries: Uint32Array
  bytes: Buffer
  count = 0
  readonly #job: EncodeJob
  readonly #personal: Personal[] = []
  #at = 0

  constructor(job: EncodeJob, length: number) {
    this.#job = job
    this.length = length
    this.verdicts = new Array(length)
    this.indexes = new Uint32Array(length)
    this.partitions = new Uint32Array(length)
    this.starts = new Uint32Array(length)
    this.ends = new Uint32Array(length)
    this.entries = new Uint32Array(length * ENTRY_WORDS)
    this.bytes = job.bytes
  }

  /** The event that the direct encoder has read: @returns whether it could be written. */
  takeDirect(index: number, event_bytes: number): boolean {
    const { direct, partitions } = this.#job
    this.#makeRoom(roomFor(event_bytes))
    const partition = direct.partition(partitions)
    const end = partition === -1 ? -1 : direct.write(this.bytes, this.#at)
    if (end === -1) return false
    const n = this.#place(index, partition, end)
    const entry = n * ENTRY_WORDS
    const { key, content } = direct
    for (let i = 0; i < 4; i++) this.entries[entry + i] = key[i]!
    this.entries[entry + 4] = content[0]!
    this.entries[entry + 5] = content[1]!
    return true
  }

  takeObject(index: number, raw: unknown): void {
    const { tenant, now_ms, partitions } = this.#job
    const result = parseEventQuick(raw, { tenant: tenant.name, zone: tenant.zone, now_ms })
    if (!result.ok) {
      this.verdicts[index] = result.rejection
      return
    }
    const { event } = result
    const n = this.#place(index, partitionOf(event, event.group, partitions), this.#at)
    const isPersonal = event.personal !== undefined && Object.values(event.personal).some((field) => field != null)
    if (isPersonal) this.#personal.push({ n, event })
    else this.#write(n, event, undefined)
  }

  /** Encodes the events with personal data: together, because sealing costs a transaction of the vault. */
  async seal(): Promise<void> {
    if (this.#personal.length === 0) return
    const items = this.#personal.map(
      ({ event }): SealItem => ({ subject: event.subject ?? `event ${event.id}`, personal: event.personal! }),
    )
    const sealed = await this.#job.vault.seal(this.#job.tenant.name, items)
    for (const [i, { n, event }] of this.#personal.entries()) this.#write(n, event, sealed[i])
  }

  #write(n: number, event: ParsedEvent, sealed: Sealed | undefined): void {
    const { text, h } = encodeWithHash(event, sealed, this.#job.run)
    // UTF-8 takes at most three bytes for a UTF-16 unit.
    this.#makeRoom(text.length * 3)
    this.starts[n] = this.#at
    this.#at += this.bytes.write(text, this.#at, 'utf8')
    this.ends[n] = this.#at
    const entry = n * ENTRY_WORDS
    identityHash(event, this.entries.subarray(entry, entry + 4))
    this.entries[entry + 4] = Number.parseInt(h.slice(0, 8), 16)
    this.entries[entry + 5] = Number.parseInt(h.slice(8), 16)
  }

  #place(index: number, partition: number, end: number): number {
    const n = this.count++
    this.indexes[n] = index
    this.partitions[n] = partition
    this.starts[n] = this.#at
    this.ends[n] = end
    this.entries[n * ENTRY_WORDS + 6] = this.#job.tenant_number
    this.#at = end
    return n
  }

  #makeRoom(bytes: number): void {
    const need = this.#at + bytes
    if (need <= this.bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(need, this.bytes.length * 2))
    this.bytes.copy(larger, 0, 0, this.#at)
    this.bytes = larger
  }
}

const EVENTS_AT_A_STRETCH = 1_000

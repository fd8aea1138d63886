import type { Clock } from '../pipelines/clock.ts'
import { appendPacked, RecordPacker } from '../pipelines/log/packed.ts'
import type { Log } from '../pipelines/log/port.ts'
import type { Tenant } from '../pipelines/tenants/port.ts'
import type { Vault } from '../pipelines/vault/port.ts'
import { DirectEncoder } from '../schemas/direct/direct-encoder.ts'
import { compileTypes } from '../schemas/direct/types.ts'
import type { Acceptor, Verdict } from './accept.ts'
import type { Duplicates } from './duplicates.ts'
import { type EncodedEvents, encodeEvents } from './encode-events.ts'
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
  const { duplicates, partitions, vault } = deps
  const encoderOf = makeEncoders()
  let spare: Buffer | undefined
  return {
    async accept(tenant, events, { run } = {}) {
      const bytes = spare ?? Buffer.allocUnsafeSlow(FIRST_BYTES)
      spare = undefined
      const tenant_number = duplicates.tenantNumber(tenant.name)
      const direct = encoderOf(tenant, run)
      const now_ms = deps.clock()
      const job = { tenant, tenant_number, events, now_ms, run, partitions, vault, direct, bytes }
      const encoded = await encodeEvents(job)
      if (encoded.count === 0) return encoded.verdicts
      const entries = encoded.entries.subarray(0, encoded.count * ENTRY_WORDS)
      const seen = await duplicates.find(tenant.name, entries)
      const lanes = sortByPartition(partitions, encoded, seen)
      if (encoded.bytes.length <= SPARE_BYTES_MAX) spare = encoded.bytes
      await appendAll(deps, lanes, entries)
      return encoded.verdicts
    },
  }
}

type Lane = { readonly numbers: number[]; readonly packer: RecordPacker }

/** The records of each partition, in the order of the events; gives every encoded event its verdict. */
function sortByPartition(partitions: number, encoded: EncodedEvents, seen: Uint8Array): Lane[] {
  const { count, indexes, starts, ends, bytes, entries, verdicts } = encoded
  const numbers = Array.from({ length: partitions }, (): number[] => [])
  const sizes = new Array<number>(partitions).fill(0)
  for (let n = 0; n < count; n += 1) {
    const value_bytes = ends[n]! - starts[n]!
    verdicts[indexes[n]!] = seen[n] === 1 ? 'duplicate' : value_bytes > RECORD_BYTES_MAX ? TOO_LARGE : 'accepted'
    if (verdicts[indexes[n]!] !== 'accepted') continue
    const partition = encoded.partitions[n]!
    numbers[partition]!.push(n)
    sizes[partition]! += value_bytes
  }
  return numbers.map((own, partition) => {
    const packer = RecordPacker.ofSize(own.length, sizes[partition]!)
    for (const n of own) packer.addBytes(entries, n * ENTRY_WORDS, bytes, starts[n]!, ends[n]!)
    return { numbers: own, packer }
  })
}

/**
 * All partitions at once. What is durable is remembered even when another partition failed, so that the sender's next
 * try adds only what is missing.
 */
async function appendAll({ log, topic, duplicates }: AcceptorDeps, lanes: readonly Lane[], entries: Uint32Array) {
  const results = await Promise.allSettled(
    lanes.map(async ({ numbers, packer }, partition) => {
      if (numbers.length === 0) return
      await appendPacked(log, topic, partition, packer.take())
      duplicates.remember(entries, numbers)
    }),
  )
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

/** One encoder for each tenant; of a run, which is rare, one for each call. */
function makeEncoders(): (tenant: Tenant, run: string | undefined) => DirectEncoder {
  const types = compileTypes()
  const known = new Map<string, DirectEncoder>()
  return ({ name, zone }, run) => {
    if (run !== undefined) return new DirectEncoder(types, { tenant: name, zone }, run)
    const key = `${name}\0${zone}`
    const found = known.get(key)
    if (found !== undefined) return found
    if (known.size === ENCODERS_MAX) known.clear()
    const made = new DirectEncoder(types, { tenant: name, zone })
    known.set(key, made)
    return made
  }
}

/** Far above what an event of 1 MB, the collector's limit, can become; below what the log takes. */
const RECORD_BYTES_MAX = 4_000_000
const TOO_LARGE: Verdict = {
  code: 'event_too_large',
  path: '',
  reason: `more than ${RECORD_BYTES_MAX} bytes on the log`,
}
const FIRST_BYTES = 256 * 1024
/** Larger memory than this is given back after the call that needed it. */
const SPARE_BYTES_MAX = 4 << 20
const ENCODERS_MAX = 100

import { RecordPacker } from '../../../pipelines/log/packed.ts'
import { encodeEvent } from '../../../schemas/canonical.ts'
import type { ParseContext } from '../../../schemas/events/family.ts'
import { identityHash, partitionOf } from '../../../schemas/identity.ts'
import { envelope, type ParsedEvent, type Rejection } from '../../../schemas/parse.ts'
import { parseEventQuick } from '../../../schemas/quick-parse.ts'
import { LIMITS } from '../limits.ts'
import type { Settings } from '../mapping/compile.ts'
import type { Mapping } from '../mapping/format.ts'
import { chunksOf } from '../read/chunks.ts'
import { recordSplitter } from '../read/records.ts'
import type { Batch, LineReject, Place, Unsealed } from './batch.ts'
import { directPacker, EVENT_BYTES_MAX } from './direct-packer.ts'
import { rowReader } from './rows.ts'

/** Everything a worker thread needs, as plain data. */
export type Work = {
  readonly path: string
  readonly mapping: Mapping
  readonly settings: Settings
  readonly context: ParseContext
  readonly run: string
  readonly partitions: number
  /** Where to go on; undefined at the beginning. */
  readonly from: Place | undefined
  /** Events per partition behind `from` that are on the log already. */
  readonly skip: readonly number[]
  readonly chunk_bytes: number
  readonly batch_bytes: number
}

/**
 * Reads a file from its place on and gives out batches: read, cut, map, validate, encode, pack. Everything that costs
 * time per event is in here, so that it can run on a thread of its own; it knows neither log nor vault.
 *
 * @param emit may block; that is the back-pressure
 * @param spare memory of earlier batches that is free again
 */
export async function work(
  job: Work,
  emit: (batch: Batch) => void,
  spare?: () => ArrayBuffer | undefined,
): Promise<void> {
  const { mapping, context, run, partitions } = job
  const start = job.from ?? { bytes: 0, lines: 0, columns: null, read: 0, sent: 0, rejected: 0 }
  const rows = rowReader(mapping, job.settings, context.tenant, start.columns)
  // Lines without a native key are numbered by what stands before them, so the file is read again from its start.
  const reread = mapping.id === undefined && !mapping.envelope
  const begin = reread ? { bytes: 0, lines: 0 } : start
  const packers = Array.from({ length: partitions }, () => new RecordPacker(undefined, spare))
  const skip = [...job.skip]
  const direct = directPacker(context, run, packers, skip)
  const scratch = new Uint8Array(EVENT_BYTES_MAX)
  const key = new Uint32Array(4)
  let unsealed: Unsealed[] = []
  let rejects: LineReject[] = []
  let { read, sent, rejected } = start
  let size = 0
  let file_bytes = 0
  let headerPending = rows.needs_header || (reread && start.columns !== null && mapping.header)

  function take(record: string, line: number): void {
    if (line <= start.lines) {
      rows.pass(record)
      return
    }
    read++
    rows.read(record)
    const written = rows.write(scratch)
    if (written !== -1 && direct.read(scratch, 0) === written && direct.pack()) {
      countDirect()
      return
    }
    const row = rows.row()
    if (!row.ok) {
      reject(row.raw, row.rejection, line)
      return
    }
    const parsed = parseEventQuick(row.raw, context)
    if (parsed.ok) send(parsed.event, row.raw, line)
    else reject(row.raw, parsed.rejection, line)
  }

  function send(event: ParsedEvent, raw: unknown, line: number): void {
    const partition = partitionOf(event, event.group, partitions)
    const packer = packers[partition]!
    identityHash(event, key)
    if (event.personal === undefined) {
      const value = encodeEvent(event, undefined, run)
      if (tooLarge(value)) {
        reject(raw, TOO_LARGE, line)
        return
      }
      sent++
      if (skip[partition]! > 0) skip[partition]!--
      else size += packer.add(key, value)
      return
    }
    sent++
    if (skip[partition]! > 0) {
      skip[partition]!--
      return
    }
    const keyBytes = Buffer.alloc(16)
    for (let i = 0; i < 4; i++) keyBytes.writeUInt32LE(key[i]!, i * 4)
    unsealed.push({ partition, before: packer.count, key: keyBytes, event })
    size += 1000
  }

  /** A ready event on a line of its own, straight from the file's bytes: @returns where its newline is, or -1. */
  function takeBytes(block: Buffer, at: number, cut: number): number {
    const behind = direct.read(block, at)
    if (behind === -1) return -1
    const stop = block[behind] === CARRIAGE_RETURN ? behind + 1 : behind
    if (block[stop] !== NEWLINE || stop >= cut || !direct.pack()) return -1
    read++
    countDirect()
    return stop
  }

  function countDirect(): void {
    sent++
    size += direct.packed_bytes
  }

  function reject(raw: unknown, { code, path, reason }: Rejection, line: number): void {
    rejected++
    const text = (typeof raw === 'string' ? raw : JSON.stringify(raw)).slice(0, LIMITS.raw_bytes_max)
    size += text.length
    rejects.push({
      source: mapping.source ?? sourceOf(raw),
      rejection: { code, path, reason: `line ${line}: ${reason}` },
      raw: text,
      line,
    })
  }

  function flush(): void {
    const place = { bytes: splitter.bytes, lines: splitter.lines, columns: rows.columns, read, sent, rejected }
    emit({ place, file_bytes, parts: packers.map((packer) => packer.take()), unsealed, rejects })
    unsealed = []
    rejects = []
    size = 0
  }

  const splitter = recordSplitter(
    { delimiter: mapping.format === 'csv' ? mapping.delimiter : undefined, bytes: begin.bytes, lines: begin.lines },
    {
      ...(mapping.envelope ? { direct: takeBytes } : {}),
      record(text, line) {
        if (isBlank(text)) return
        if (!headerPending) take(text, line)
        else if (rows.columns === null) rows.header(text)
        headerPending = false
      },
      bad(raw, line, code, reason) {
        if (line <= start.lines) return
        read++
        reject(raw, { code, path: '', reason }, line)
      },
    },
  )
  for await (const chunk of chunksOf(job.path, begin.bytes, job.chunk_bytes)) {
    file_bytes = chunk.file_bytes
    splitter.push(chunk.bytes)
    const full = size >= job.batch_bytes || unsealed.length + rejects.length >= LIMITS.batch_unsealed_max
    if (full && splitter.settled && splitter.lines >= start.lines) flush()
  }
  splitter.end()
  flush()
}

const NEWLINE = 10
const CARRIAGE_RETURN = 13

const TOO_LARGE: Rejection = {
  code: 'event_too_large',
  path: '',
  reason: `the event takes more than ${LIMITS.record_bytes_max} bytes`,
}

function tooLarge(value: string): boolean {
  // Only a text of this length can reach the limit: three bytes for a unit at most.
  return value.length * 3 > LIMITS.record_bytes_max && Buffer.byteLength(value) > LIMITS.record_bytes_max
}

function isBlank(text: string): boolean {
  return text.charCodeAt(0) <= 32 ? text.trim() === '' : text.length === 0
}

/** The source that a refused ready event names, when that can be a source. */
function sourceOf(raw: unknown): string {
  const source = typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>).source : undefined
  const parsed = envelope.shape.source.safeParse(source)
  return parsed.success ? parsed.data : 'import'
}

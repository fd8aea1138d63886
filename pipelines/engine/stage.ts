import { setImmediate as breathe } from 'node:timers/promises'
import type { CanonicalEvent } from '../../schemas/canonical.ts'
import { failed_events, identities, watermarks as watermarkTable } from '../../schemas/tables.ts'
import { TOPICS } from '../../schemas/topics.ts'
import { type Decoded, decodeBatch, type Failure } from '../decode/decode.ts'
import { Blocks } from '../facts/blocks.ts'
import { dayOf, factRows } from '../facts/rows/registry.ts'
import { head, type Row, type RowContext, tail } from '../facts/rows/row.ts'
import { versionOf } from '../facts/version.ts'
import type { Watermarks } from '../facts/watermarks.ts'
import { findSeen } from '../identities/lookup.ts'
import type { AppendRecord, LogRecord } from '../log/port.ts'
import { BatchObserver, type Observation } from '../observe/observe.ts'
import type { BatchOutput, Emit, PartitionContext, PartitionStage } from '../runner/stage.ts'
import { contributionOf, isSuperseding } from '../windows/contributors.ts'
import { type StoredPlace, storedContributions } from '../windows/previous.ts'
import { windowChanges, windowRows } from '../windows/rows.ts'
import type { Placed, WindowState } from '../windows/state.ts'
import type { EngineDeps } from './deps.ts'

type Parts = {
  readonly context: PartitionContext
  readonly deps: EngineDeps
  readonly windows: WindowState
  readonly watermarks: Watermarks
}

/** One partition of the main pipeline: decode, judge against what was seen, write facts, move windows. */
export class EngineStage implements PartitionStage {
  private readonly parts: Parts
  private readonly blocks = new Blocks()
  private hashes: Uint32Array = new Uint32Array(0)

  constructor(parts: Parts) {
    this.parts = parts
  }

  async transform(records: readonly LogRecord[]): Promise<BatchOutput> {
    const { context, deps } = this.parts
    const { topic, partition } = context.claim
    this.blocks.reset()
    const lookup = {
      mayHave: (words: Uint32Array, at: number) => deps.bloom.mayHave(words, at),
      find: (hashes: readonly string[], before: number) => findSeen(deps.store, topic, partition, hashes, before),
    }
    const observer = new BatchObserver(records, lookup, dayOf)
    this.hashes = observer.hashes
    // Few at a time, so that decoded events die young and others get their turn; more where each stretch asks the store.
    const stretch = (await observer.prefetch()) === 0 ? STRETCH : STRETCH_ASKING
    const letters: AppendRecord[] = []
    for (let from = 0; from < records.length; from += stretch) {
      if (from > 0) await breathe()
      await this.take(records, from, Math.min(records.length, from + stretch), observer, letters)
    }
    return this.output(records.at(-1)!.offset + 1, letters)
  }

  committed(): void {
    const { deps, watermarks, windows } = this.parts
    for (let at = 0; at < this.hashes.length; at += 4) deps.bloom.add(this.hashes, at)
    windows.committed()
    watermarks.committed()
  }

  close(): void {
    this.blocks.reset()
  }

  /** A stretch of the batch: decode, judge, move windows, write rows. */
  private async take(
    records: readonly LogRecord[],
    from: number,
    to: number,
    observer: BatchObserver,
    letters: AppendRecord[],
  ): Promise<void> {
    const { context, deps, windows } = this.parts
    const decoded = await decodeBatch(records.slice(from, to), context.poisoned, deps)
    const observations = await observer.observe(decoded, from)
    await windows.apply(await this.contributions(observations, records, from))
    for (let i = 0; i < decoded.length; i++) {
      const item = decoded[i]!
      const observation = observations[i]
      if (!item.ok) this.fail(item.record, item.failure, letters)
      else if (observation!.verdict === 'conflict') this.fail(item.record, await this.conflict(item), letters)
      else if (observation!.verdict !== 'duplicate') this.accept(observation!, from + i)
    }
  }

  private accept({ event, record }: Observation, index: number): void {
    const { present, claim } = this.parts.context
    const context: RowContext = {
      event,
      hash: new Uint8Array(this.hashes.buffer, index * 16, 16),
      received_ms: record.timestamp_ms,
      day: dayOf(event),
      topic: claim.topic,
      partition: claim.partition,
      offset: record.offset,
    }
    const first = head(context)
    let row = 0
    factRows(context, (table, middle) => {
      this.blocks.addFrom(table, present, record.offset, row, first, middle, tail(context, row))
      row++
    })
    const identity = [context.hash, BigInt(`0x${event.h}`), event.tenant, event.type, context.day, event.occurred_ms]
    this.blocks.addFrom(identities, present, record.offset, 0, identity, tail(context, 0))
    this.parts.watermarks.see(event, record.offset)
  }

  /** What a stretch of the batch adds to and takes from the windows, in log order. */
  private async contributions(
    observations: readonly (Observation | undefined)[],
    records: readonly LogRecord[],
    from: number,
  ): Promise<Placed[]> {
    const { deps, context } = this.parts
    const stored: StoredPlace[] = []
    for (const observation of observations) {
      const previous = observation?.previous
      if (previous === undefined || previous.index !== undefined || !isSuperseding(observation!.event.type)) continue
      stored.push({
        tenant: observation!.event.tenant,
        type: observation!.event.type,
        day: previous.day,
        offset: previous.offset,
      })
    }
    const { topic, partition } = context.claim
    const before = stored.length === 0 ? undefined : await storedContributions(deps.store, topic, partition, stored)

    const placed: Placed[] = []
    for (const observation of observations) {
      if (observation === undefined || (observation.verdict !== 'first' && observation.verdict !== 'newer')) continue
      const { event, previous, record } = observation
      const at = { offset: record.offset, received_ms: record.timestamp_ms }
      if (previous !== undefined && isSuperseding(event.type)) {
        const { index } = previous
        const old =
          index === undefined
            ? before!.get(previous.offset)
            : contributionOf(
                observations[index - from]?.event ?? (await this.decodeAgain(records[index]!)),
                previous.day,
              )
        if (old !== undefined) placed.push({ contribution: old, sign: -1, ...at })
      }
      const contribution = contributionOf(event, dayOf(event))
      if (contribution !== undefined) placed.push({ contribution, sign: 1, ...at })
    }
    return placed
  }

  /** The event of an earlier stretch, which was not kept: superseding it is rare. */
  private async decodeAgain(record: LogRecord): Promise<CanonicalEvent> {
    const [item] = await decodeBatch([record], this.parts.context.poisoned, this.parts.deps)
    if (item?.ok !== true) throw new Error(`the record at ${record.offset} was an event and is none any more`)
    return item.event
  }

  private async conflict(item: Decoded & { readonly ok: true }): Promise<Failure> {
    const { event, record } = item
    return {
      tenant: event.tenant,
      source: event.source,
      type: event.type,
      schema_version: event.version,
      stage: 'facts',
      rejection: {
        code: 'id_conflict',
        path: 'id',
        reason: 'another event with this id and other content was taken before',
      },
      run: event.run ?? '',
      raw_sealed: await this.parts.deps.vault.sealRaw(event.tenant, record.value!.toString('utf8')),
    }
  }

  private fail(record: LogRecord, failure: Failure, letters: AppendRecord[]): void {
    const { claim, present } = this.parts.context
    const { code, path, reason } = failure.rejection
    const row: Row = [
      failure.tenant,
      failure.source,
      failure.type,
      failure.schema_version,
      'facts',
      failure.stage,
      code,
      path,
      reason,
      record.timestamp_ms,
      failure.raw_sealed,
    ]
    this.blocks.addFrom(failed_events, present, record.offset, 0, row, [
      failure.run,
      claim.topic,
      claim.partition,
      record.offset,
      0,
    ])
    const { tenant, source, type, stage } = failure
    const at = { topic: claim.topic, partition: claim.partition, offset: record.offset }
    letters.push({
      key: Buffer.from(tenant),
      value: Buffer.from(JSON.stringify({ ...at, tenant, source, type, stage, code, path, reason })),
    })
  }

  private output(hi: number, letters: readonly AppendRecord[]): BatchOutput {
    const { context, watermarks, windows } = this.parts
    const { partition } = context.claim
    const version = versionOf(context.generation, hi)
    const pages = windows.dirty()
    windowRows(pages, partition, version, hi, (table) => this.blocks.buildersOf(table))
    for (const row of watermarks.rows(context.generation, hi)) this.blocks.add(watermarkTable, row)
    const emits: Emit[] = []
    if (pages.length > 0) {
      emits.push({ topic: TOPICS.window_changes.name, partition: 0, records: windowChanges(pages, partition, version) })
    }
    if (letters.length > 0) emits.push({ topic: TOPICS.dead_letters.name, partition: 0, records: letters })
    return { blocks: this.blocks.finish(), emits }
  }
}

/** Records decoded at a time: their events are about a megabyte. */
const STRETCH = 500
/** Where identities are looked up, what they supersede is too: a question to the store costs as much as many records. */
const STRETCH_ASKING = 10_000

import type { Claim, Consumer, Log } from '../log/port.ts'
import type { RecordBatch } from '../log/record-batch.ts'
import type { Store } from '../store/client.ts'
import { type BatchLimits, gather, topUp } from './batch.ts'
import { FencedError, isDependency, isLost, refusesData } from './errors.ts'
import { fencedInsert, isNewest, raiseGeneration, type Writer } from './fence.ts'
import { giveUp } from './give-up.ts'
import { decodeIntent, encodeIntent, type Intent } from './intent.ts'
import type { RunnerDeps, RunnerOptions } from './options.ts'
import type { BatchOutput, Block, Emit, PartitionStage, Pipeline } from './stage.ts'
import type { Turns } from './turns.ts'
import { presentRows, removeRows } from './verify.ts'

/**
 * The one writer of one partition: intent → insert → verify → commit, from its assignment until `stopped` says so or
 * the claim is lost. Every failure goes back to the start, where the store is asked what it has: the outcome of an
 * insert that failed is unknown, and asking is the only way to know.
 */
export async function workClaim(work: ClaimWork): Promise<void> {
  const { claim, deps, options, pipeline } = work
  const poisoned = new Map<number, string>()
  let rows_max = options.rows_max
  let took_ms = 0
  let failures = 0
  while (!work.stopped()) {
    let batch: Cut | undefined
    let stage: PartitionStage | undefined
    try {
      const opened = await open(work, poisoned)
      stage = opened.stage
      let intent = opened.intent
      let looked = deps.clock()
      while (!work.stopped()) {
        const limits: BatchLimits = {
          rows_max:
            intent === undefined
              ? Math.min(rows_max, options.ahead_rows_max)
              : Math.min(rows_max, intent.hi - intent.lo),
          bytes_max: options.bytes_max,
          bulk_rows: options.bulk_rows,
          bulk_linger_ms: options.bulk_linger_ms,
          linger_ms: Math.max(options.linger_ms, Math.min(took_ms, options.linger_max_ms)),
          ...(intent === undefined ? {} : { end: intent.hi }),
        }
        const records = await gather(work.consumer, claim, limits, options.idle_ms, deps.clock)
        if (records.length === 0) {
          // Retention may have removed what an old intent named: nothing will come before its end any more.
          intent = undefined
          if (deps.clock() - looked < FENCE_LOOK_MS) continue
          looked = deps.clock()
          if (!(await isNewest(deps.store, opened.writer))) throw new FencedError(opened.writer)
          continue
        }
        const cut: Cut = { lo: records.offsetOf(0), rows: records.length }
        batch = cut
        const more = intent === undefined ? { rows_max, bytes_max: options.bytes_max } : undefined
        const done = await work.turns.take(() => workBatch(work, opened, cut, records, more, failures))
        if (done === undefined) return
        took_ms = done.took_ms
        work.done(done)
        for (const { body } of done.output.blocks) giveUp(body)
        batch = undefined
        intent = intent !== undefined && done.hi < intent.hi ? intent : undefined
        failures = 0
        rows_max = Math.min(options.rows_max, rows_max * 2)
      }
    } catch (error) {
      if (isLost(error)) return
      if (error instanceof FencedError) {
        // Another writer raised the generation. If the claim is lost, the log says so at the next step; if it is not,
        // that writer is a former owner who woke up, and raising it once more shuts him out.
      } else if (batch !== undefined && refusesData(error)) {
        // The store refused the data themselves: halve the batch until the bad record stands alone. Deterministic,
        // because the next attempt starts at the same offset.
        if (batch.rows === 1) poisoned.set(batch.lo, `${error.code}: ${error.message.slice(0, 500)}`)
        rows_max = Math.max(1, Math.floor(batch.rows / 2))
        deps.logger.warn(
          `${pipeline.name} ${claim.topic}/${claim.partition}: the store refused ${batch.rows} records at ${batch.lo}: ${error.message}`,
        )
      } else if (!isDependency(error, work.log.kind)) {
        throw error
      }
      failures++
      work.failed(error as Error)
      await deps.sleep(backOff(failures, options.backoff_max_ms))
    } finally {
      stage?.close()
    }
  }
}

export type ClaimWork = {
  readonly pipeline: Pipeline
  readonly claim: Claim
  readonly consumer: Consumer
  readonly log: Log
  readonly deps: RunnerDeps
  readonly options: RunnerOptions
  readonly turns: Turns
  readonly stopped: () => boolean
  readonly done: (batch: DoneBatch) => void
  readonly failed: (error: Error) => void
}

export type DoneBatch = {
  readonly claim: Claim
  readonly lo: number
  readonly hi: number
  readonly records: number
  /** Its bodies are gone once it has been told of. */
  readonly output: BatchOutput
  /** When the log took the newest record of the batch. */
  readonly newest_ms: number
  readonly took_ms: number
}

/** Where a batch begins and how many records it has so far: what a failure needs to know of it. */
type Cut = { readonly lo: number; rows: number }

/**
 * One batch whose turn has come, to its commit; undefined where the claim was stopped meanwhile.
 *
 * @param more  up to what the batch may grow by what came while it waited for its turn
 */
async function workBatch(
  work: ClaimWork,
  { generation, stage, writer }: Opened,
  cut: Cut,
  records: RecordBatch,
  more: Parameters<typeof topUp>[2] | undefined,
  attempt: number,
): Promise<DoneBatch | undefined> {
  const { claim, consumer, deps, pipeline } = work
  if (work.stopped()) return undefined
  if (more !== undefined) await topUp(consumer, claim, more, records)
  const { lo } = cut
  cut.rows = records.length
  const hi = records.offsetOf(cut.rows - 1) + 1
  const newest_ms = records.timestampOf(cut.rows - 1)
  const begun = deps.clock()
  const output = await stage.transform(records)
  // Nobody reads them any more, and what is written takes its time and its memory too.
  records.truncate(0)
  if (work.stopped()) return undefined
  await write(work, { generation, writer }, { lo, hi, schema_version: pipeline.schema_version, attempt }, output)
  stage.committed()
  return { claim, lo, hi, records: cut.rows, output, newest_ms, took_ms: deps.clock() - begun }
}

type Opened = { readonly writer: Writer; readonly generation: number; readonly stage: PartitionStage }

/** Raise the generation, wait for older writers, ask what is there, and begin at the committed offset. */
async function open(work: ClaimWork, poisoned: ReadonlyMap<number, string>) {
  const { claim, consumer, deps, options, pipeline } = work
  await pipeline.ready?.(claim, deps)
  const writer: Writer = {
    pipeline: pipeline.name,
    topic: claim.topic,
    partition: claim.partition,
    name: deps.newId(),
  }
  const generation = await raiseGeneration(deps.store, writer, {
    clock: deps.clock,
    sleep: deps.sleep,
    patience_ms: options.fence_patience_ms,
  })
  const place = await consumer.committed(claim)
  const { start } = (await work.log.bounds(claim.topic))[claim.partition]!
  if (place.offset >= 0 && place.offset < start) {
    deps.logger.error(
      `${pipeline.name} ${claim.topic}/${claim.partition}: the log's retention deleted the records ${place.offset} to ` +
        `${start - 1} before they were read; going on at ${start}. Give the log more room, or the pipeline more time.`,
    )
  }
  const committed = Math.max(start, place.offset)
  const refused = [...poisoned.keys()].filter((offset) => offset >= committed)
  if (refused.length > 0) await removeRows(deps.store, writer, pipeline.appends, refused)
  const tables = [...pipeline.appends, pipeline.failures]
  const present = await presentRows(deps.store, tables, claim.topic, claim.partition, committed)
  const emit = async ({ partition, records, topic }: Emit) => void (await work.log.append(topic, partition, records))
  const stage = await pipeline.open({ claim, writer, emit, generation, committed, present, poisoned })
  consumer.seek(claim, committed)
  return { writer, generation, stage, intent: decodeIntent(place.metadata, committed) }
}

async function write(
  work: ClaimWork,
  { generation, writer }: Pick<Opened, 'generation' | 'writer'>,
  intent: Intent,
  output: BatchOutput,
): Promise<void> {
  const { claim, consumer, deps, log, pipeline } = work
  await consumer.commit(claim, { offset: intent.lo, metadata: encodeIntent(intent) })
  const rows = output.blocks.filter((block) => block.rows > 0)
  const appended = new Set([...pipeline.appends, pipeline.failures].map(({ name }) => name))
  const isAppended = (block: Block) => appended.has(block.table.name)
  const range = `${intent.lo}-${intent.hi}:${intent.schema_version}`
  await Promise.all(rows.filter(isAppended).map((block) => insert(deps.store, writer, range, block)))
  // Rows that take the place of older ones are each writer's own: what the writer before had put there for the same range
  // may have been replaced since (by a rebuild), and must not keep these out.
  const own = `${range}:${generation}`
  await Promise.all(rows.filter((block) => !isAppended(block)).map((block) => insert(deps.store, writer, own, block)))
  // Who was the newest after the inserts was the newest when each began, so none of them selected nothing.
  if (!(await isNewest(deps.store, writer))) throw new FencedError(writer)
  for (const emit of output.emits) await log.append(emit.topic, emit.partition, emit.records)
  await consumer.commit(claim, { offset: intent.hi, metadata: '' })
}

/** @param once  what the store takes in only once, of this table and partition */
async function insert(store: Store, writer: Writer, once: string, block: Block): Promise<void> {
  const { pipeline, topic, partition } = writer
  const token = `${pipeline}:${block.table.name}:${topic}:${partition}:${once}`
  await store.insertNative(fencedInsert(writer, block.table.name, block.table.columns), block.body, {
    token,
    // A batch never holds two rows of one key; collapsing them again is work for merges and FINAL.
    settings: { optimize_on_insert: 0 },
  })
}

/**
 * So often a writer without work asks whether it is still the newest. Whoever fenced it (a rebuild, say) may count on it to
 * begin anew, and must not have to wait for the next record.
 */
const FENCE_LOOK_MS = 5_000

function backOff(failures: number, max_ms: number): number {
  return Math.min(max_ms, 100 * 2 ** Math.min(10, failures - 1))
}

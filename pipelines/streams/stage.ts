import { setImmediate as breathe } from 'node:timers/promises'
import type { Rejection } from '../../schemas/parse.ts'
import { type StreamSpec, streamFields } from '../../schemas/streams.ts'
import { TOPICS } from '../../schemas/topics.ts'
import type { RecordBatch } from '../log/record-batch.ts'
import type { BatchOutput, PartitionContext, PartitionStage } from '../runner/stage.ts'
import { Words } from '../scan/words.ts'
import type { StreamDeps } from './deps.ts'
import { FactsOutput } from './facts-output.ts'
import { Failures } from './failures.ts'
import type { Output } from './output.ts'
import { FlatReader } from './reader.ts'
import { WindowsOutput } from './windows-output.ts'

/** One partition of a stream: records are read from their bytes, looked at by all outputs, and taken by those they are for. */
export class StreamStage implements PartitionStage {
  private readonly context: PartitionContext
  private readonly reader: FlatReader
  private readonly words = new Words()
  private readonly outputs: readonly Output[]
  private readonly wanted: boolean[] = []
  private readonly failures: Failures

  constructor(spec: StreamSpec, context: PartitionContext, { cells_max, store, vault }: StreamDeps) {
    this.context = context
    this.reader = new FlatReader(streamFields(spec))
    const { reader, words } = this
    this.outputs = [
      ...spec.windows.map((windows) => new WindowsOutput(windows, context, reader, words, store, cells_max)),
      ...spec.facts.map((facts) => new FactsOutput(facts, context, reader, words, STRETCH)),
    ]
    this.failures = new Failures(spec, context, vault)
  }

  async transform(records: RecordBatch): Promise<BatchOutput> {
    this.failures.forget()
    if (this.words.size > WORDS_MAX) {
      this.words.clear()
      for (const output of this.outputs) output.forget()
    }
    for (let from = 0; from < records.length; from += STRETCH) {
      // Others get their turn: heartbeats, and the answers to what other partitions have asked.
      if (from > 0) await breathe()
      const to = Math.min(records.length, from + STRETCH)
      for (let index = from; index < to; index++) {
        const rejection = this.take(records, index)
        if (rejection === undefined) continue
        const stage = rejection.code === 'store_rejected' ? 'insert' : 'decode'
        await this.failures.fail(records.at(index), stage, rejection)
      }
      for (const output of this.outputs) await output.settle()
    }
    const hi = records.offsetOf(records.length - 1) + 1
    const { letters } = this.failures
    return {
      blocks: [...this.outputs.map((output) => output.block(hi)), this.failures.block()],
      emits: letters.length === 0 ? [] : [{ topic: TOPICS.dead_letters.name, partition: 0, records: [...letters] }],
    }
  }

  committed(): void {
    for (const output of this.outputs) output.committed()
  }

  close(): void {
    for (const output of this.outputs) output.forget()
  }

  /** @returns what is wrong with the record; then nobody has taken it */
  private take(records: RecordBatch, index: number): Rejection | undefined {
    const { outputs, wanted } = this
    const offset = records.offsetOf(index)
    const { poisoned } = this.context
    if (poisoned.size > 0) {
      const reason = poisoned.get(offset)
      if (reason !== undefined) return { code: 'store_rejected', path: '', reason }
    }
    const start = records.valueStart(index)
    if (start === -1) return { code: 'invalid_json', path: '', reason: 'the record has no value' }
    const broken = this.reader.read(records.sourceAt(index), start, records.valueEnd(index))
    if (broken !== undefined) return broken
    for (let n = 0; n < outputs.length; n++) {
      const look = outputs[n]!.look()
      if (typeof look !== 'boolean') return look
      wanted[n] = look
    }
    for (let n = 0; n < outputs.length; n++) if (wanted[n]) outputs[n]!.take(offset)
    return undefined
  }
}

/** Records between two breaths: a few ms of work. */
const STRETCH = 4_096
/** Texts that are not as few as they were thought to be must not fill the memory. */
const WORDS_MAX = 500_000

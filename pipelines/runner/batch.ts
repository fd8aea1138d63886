import type { Clock } from '../clock.ts'
import type { Claim, Consumer } from '../log/port.ts'
import { RecordBatch } from '../log/record-batch.ts'

export type BatchLimits = {
  readonly rows_max: number
  readonly bytes_max: number
  /** How long a batch that has a first record may wait for more. */
  readonly linger_ms: number
  /** A batch that has this many records by then is part of a bulk load, where nobody waits for the first of them: */
  readonly bulk_rows: number
  /** it may wait this long, as long as records keep coming: a pause of `linger_ms` is the end of the load. */
  readonly bulk_linger_ms: number
  /** Records at or behind this offset belong to the next batch (an intent of the former writer). */
  readonly end?: number
}

/**
 * Cuts the next batch of a claim by rows, bytes or age. Empty when nothing came within `idle_ms`.
 */
export async function gather(
  consumer: Consumer,
  claim: Claim,
  limits: BatchLimits,
  idle_ms: number,
  clock: Clock,
): Promise<RecordBatch> {
  const batch = new RecordBatch()
  let last = -1
  let bytes = 0
  let deadline = clock() + idle_ms
  let bulk_deadline = 0
  for (;;) {
    const is_bulk = batch.length >= limits.bulk_rows
    if (is_bulk) deadline = Math.max(deadline, bulk_deadline)
    const left_ms = deadline - clock()
    const wait_ms = is_bulk ? Math.min(left_ms, limits.linger_ms) : left_ms
    if (wait_ms <= 0 && batch.length > 0) return batch
    const room = limits.end === undefined ? Infinity : limits.end - last - 1
    const before = batch.length
    const options = {
      records_max: Math.min(limits.rows_max - before, POLL_ROWS, room),
      bytes_max: limits.bytes_max - bytes,
      wait_ms: Math.max(0, wait_ms),
    }
    const count = await consumer.fill(claim, options, batch)
    if (count === 0) {
      if (is_bulk || clock() >= deadline) return batch
      continue
    }
    if (before === 0) {
      deadline = clock() + limits.linger_ms
      bulk_deadline = clock() + limits.bulk_linger_ms
    }
    for (let index = before; index < batch.length; index++) {
      last = batch.offsetOf(index)
      if (limits.end !== undefined && last >= limits.end) {
        consumer.seek(claim, last)
        batch.truncate(index)
        return batch
      }
      bytes += batch.bytesOf(index)
    }
    if (batch.length >= limits.rows_max || bytes >= limits.bytes_max) return batch
    if (limits.end !== undefined && last >= limits.end - 1) return batch
  }
}

/**
 * Adds what lies on the log already to a gathered batch, without waiting for more.
 *
 * @param limits  of the batch as a whole
 */
export async function topUp(
  consumer: Consumer,
  claim: Claim,
  limits: Pick<BatchLimits, 'rows_max' | 'bytes_max'>,
  batch: RecordBatch,
): Promise<void> {
  let bytes = 0
  for (let counted = 0; ; ) {
    for (; counted < batch.length; counted++) bytes += batch.valueEnd(counted) - batch.valueStart(counted)
    if (batch.length >= limits.rows_max || bytes >= limits.bytes_max) return
    const records_max = Math.min(limits.rows_max - batch.length, POLL_ROWS)
    if ((await consumer.fill(claim, { records_max, bytes_max: limits.bytes_max - bytes, wait_ms: 0 }, batch)) === 0)
      return
  }
}

/** A poll hands over at most this much, so that one call never blocks the thread for long. */
const POLL_ROWS = 10_000

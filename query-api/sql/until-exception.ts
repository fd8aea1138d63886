import { Readable } from 'node:stream'
import { ClickHouseError } from '@clickhouse/client'
import { type RawResult, StoreError } from '../../pipelines/store/client.ts'
import { storeErrorOf } from '../../pipelines/store/errors.ts'

/**
 * The bytes of a result up to the block in which the store says that the statement failed after it had begun to answer.
 * That block is the engine's own text, with values and names of the house: it becomes an error here, and the bytes before
 * it never look like a whole answer.
 *
 * @returns a stream that fails with a StoreError
 */
export function untilException(result: RawResult): Readable {
  const tag = result.headers['x-clickhouse-exception-tag']
  const mark = tag === undefined ? undefined : Buffer.from(`\r\n__exception__\r\n${tag}\r\n`)
  /** What may be the beginning of the mark; once it was found, the block. */
  let held: Buffer = NOTHING
  let found = false

  const source = result.stream

  // A stream that is fed by hand: a Transform between two pipes costs as much for each piece as sending it does.
  const rows = new Readable({
    highWaterMark: AHEAD_BYTES,
    read: () => void source.resume(),
    destroy(error, done) {
      source.destroy()
      done(error)
    },
  })
  // It may fail before anybody reads, who then is told; an error without any listener would end the process.
  rows.on('error', () => undefined)
  source.on('data', (chunk: Buffer) => {
    const data = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    held = NOTHING
    if (found) {
      held = data.subarray(0, BLOCK_BYTES_MAX)
      return
    }
    const at = mark === undefined ? -1 : data.indexOf(mark)
    found = at >= 0
    const sure = found ? at : mark === undefined ? data.length : beginningOf(mark, data)
    held = data.subarray(sure)
    // As it came, without a copy, but for the few chunks that end like the beginning of the mark.
    if (sure > 0 && !rows.push(sure === data.length ? data : data.subarray(0, sure))) source.pause()
  })
  source.once('end', () => {
    if (found) return void rows.destroy(failure(held))
    if (held.length > 0) rows.push(held)
    rows.push(null)
  })
  // After the block the store breaks the connection off.
  source.once('error', (cause) => rows.destroy(found ? failure(held) : storeErrorOf(cause, 'reading rows')))
  return rows
}

const BLOCK_BYTES_MAX = 64 * 1024
/** Held for a reader that is slower than the store. */
const AHEAD_BYTES = 128 * 1024
const NOTHING = Buffer.alloc(0)

/** Where the end of `data` begins that may be the beginning of `mark`; its length when there is none. */
function beginningOf(mark: Buffer, data: Buffer): number {
  let at = data.indexOf(mark[0]!, Math.max(0, data.length - mark.length + 1))
  while (at >= 0 && !mark.subarray(0, data.length - at).equals(data.subarray(at))) at = data.indexOf(mark[0]!, at + 1)
  return at < 0 ? data.length : at
}

function failure(block: Buffer): StoreError {
  const match = /Code: (\d+)\. DB::Exception: ([\s\S]*)/.exec(block.toString())
  if (match === null) return new StoreError('unavailable', 0, 'reading rows: the store broke the answer off')
  return storeErrorOf(new ClickHouseError({ code: match[1]!, message: match[2]! }), 'reading rows')
}

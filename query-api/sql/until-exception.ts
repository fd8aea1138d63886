import { type Readable, Transform } from 'node:stream'
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
  let held: Buffer = Buffer.alloc(0)
  let found = false

  const through = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      if (found || mark === undefined) {
        if (!found) this.push(take(held.length))
        else held = held.subarray(0, BLOCK_BYTES_MAX)
        return done()
      }
      const at = held.indexOf(mark)
      found = at >= 0
      this.push(take(found ? at : Math.max(0, held.length - mark.length + 1)))
      done()
    },
    flush(done) {
      if (found) return done(failure(held))
      this.push(held)
      done()
    },
  })

  function take(bytes: number): Buffer {
    const taken = held.subarray(0, bytes)
    held = held.subarray(bytes)
    return taken
  }

  // After the block the store breaks the connection off.
  result.stream.once('error', (cause) => through.destroy(found ? failure(held) : storeErrorOf(cause, 'reading rows')))
  through.once('close', () => result.stream.destroy())
  return result.stream.pipe(through)
}

const BLOCK_BYTES_MAX = 64 * 1024

function failure(block: Buffer): StoreError {
  const match = /Code: (\d+)\. DB::Exception: ([\s\S]*)/.exec(block.toString())
  if (match === null) return new StoreError('unavailable', 0, 'reading rows: the store broke the answer off')
  return storeErrorOf(new ClickHouseError({ code: match[1]!, message: match[2]! }), 'reading rows')
}

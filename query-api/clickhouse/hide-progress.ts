import { Transform, type TransformCallback } from 'node:stream'
import { BiError, CODES } from './errors.ts'
import { wholeGranules } from './summary.ts'

/**
 * What the engine writes in a format `…WithProgress`, one object a line, with counts of rows as they may be told (see
 * `summary.ts`). A line of another kind than those known here ends the answer: `exception` would be the engine's own words.
 */
export function hideProgress(): Transform {
  let held: Buffer = NOTHING
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      const data = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      const parts: Buffer[] = []
      let [from, copied] = [0, 0]
      for (let end = data.indexOf(LINE_END); end >= 0; end = data.indexOf(LINE_END, from)) {
        const kind = KIND.exec(data.toString('latin1', from, Math.min(end, from + HEAD_BYTES)))?.[1]
        if (kind === undefined) return done(new BiError(CODES.LOGICAL_ERROR, 'the store broke the answer off'))
        if (kind === 'progress') {
          parts.push(data.subarray(copied, from), Buffer.from(`${told(data.toString('utf8', from, end))}\n`))
          copied = end + 1
        }
        from = end + 1
      }
      held = data.subarray(from)
      if (from > copied) parts.push(data.subarray(copied, from))
      done(null, parts.length === 1 ? parts[0] : Buffer.concat(parts))
    },
    flush(done) {
      done(held.length === 0 ? null : new BiError(CODES.LOGICAL_ERROR, 'the store broke the answer off'))
    },
  })
}

/** A line end within a text is escaped. */
const LINE_END = 10
const NOTHING = Buffer.alloc(0)
const HEAD_BYTES = 64
const KIND = /^\{"(meta|row|totals|min|max|rows_before_\w+|progress)":/

function told(line: string): string {
  const { elapsed_ns, read_rows, total_rows_to_read } = (JSON.parse(line) as { progress: Record<string, string> })
    .progress
  const progress = {
    read_rows: wholeGranules(read_rows ?? 0),
    read_bytes: '0',
    total_rows_to_read: wholeGranules(total_rows_to_read ?? 0),
    ...(elapsed_ns === undefined ? {} : { elapsed_ns }),
  }
  return JSON.stringify({ progress })
}

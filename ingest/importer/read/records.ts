import { isAscii, isUtf8 } from 'node:buffer'
import { LIMITS } from '../limits.ts'

export type RecordSink = {
  /**
   * Takes the record that begins at `at` without its text being made: @returns where its newline is, or -1 when it did
   * not take it. Only asked where every line is a record; `cut` is behind the last newline at hand.
   */
  direct?(block: Buffer, at: number, cut: number, line: number): number
  /** A record without its line end. `line` is the number, from 1, of the line it begins on. */
  record(text: string, line: number): void
  /** Bytes that cannot be read as a record. */
  bad(text: string, line: number, code: 'malformed_line' | 'event_too_large', reason: string): void
}

export type RecordOptions = {
  /** For CSV: a quoted cell may hold line ends. Undefined: every line is a record. */
  readonly delimiter: string | undefined
  /** Where the first chunk lies in the file. */
  readonly bytes: number
  readonly lines: number
}

export type RecordSplitter = {
  /** The chunk's memory may be used again afterwards. */
  push(chunk: Buffer): void
  /** The file ends here; the last line need not have an end. */
  end(): void
  /** Bytes and lines behind which every record was given out. Not meaningful inside an oversize line. */
  readonly bytes: number
  readonly lines: number
  /** False inside an oversize line: nothing may start again from here. */
  readonly settled: boolean
}

/**
 * Cuts a file into records: lines, or RFC 4180 records. Structure is looked for in the bytes read as Latin-1, where a
 * position is a byte; only records that are not ASCII are decoded one by one. So a chunk boundary in the middle of a
 * character changes nothing, and a record that is not UTF-8 is refused alone.
 *
 * A quote that is never closed costs its own line only: it is refused and reading goes on behind it, so that one stray
 * quote cannot swallow the rest of a file.
 */
export function recordSplitter(options: RecordOptions, sink: RecordSink): RecordSplitter {
  const delimiter = options.delimiter?.charCodeAt(0)
  let carry: Buffer = Buffer.alloc(0)
  let oversize = false
  let bytes = options.bytes
  let lines = options.lines

  /** Without quotes to be looked for, only records that `direct` leaves become text. */
  function consumeLines(block: Buffer, last: boolean): number {
    const cut = last ? block.length : block.lastIndexOf(NEWLINE) + 1
    const ascii = isAscii(block.subarray(0, cut))
    let at = 0
    while (at < cut) {
      let stop = sink.direct === undefined ? -1 : sink.direct(block, at, cut, lines + 1)
      if (stop === -1) {
        const newline = block.indexOf(NEWLINE, at)
        stop = newline === -1 ? cut : newline
        give(block, undefined, ascii, at, stop)
      }
      lines++
      at = stop + 1
    }
    return Math.min(at, cut)
  }

  function consume(block: Buffer, last: boolean): number {
    if (delimiter === undefined) return consumeLines(block, last)
    const cut = last ? block.length : block.lastIndexOf(NEWLINE) + 1
    const text = block.toString('latin1', 0, cut)
    const ascii = isAscii(block.subarray(0, cut))
    let quote = text.indexOf('"')
    let at = 0
    while (at < cut) {
      const newline = text.indexOf('\n', at)
      let stop = newline === -1 ? cut : newline
      if (quote !== -1 && quote < stop) {
        const end = endOfRecord(text, at, delimiter)
        if (end === OPEN && !last && cut - at <= LIMITS.line_bytes_max) break
        if (end < 0) {
          if (stop - at > LIMITS.line_bytes_max) {
            sink.bad(slice(block, at, stop), lines + 1, 'event_too_large', TOO_LARGE)
          } else
            sink.bad(slice(block, at, stop), lines + 1, 'malformed_line', end === OPEN ? NEVER_CLOSED : AFTER_QUOTE)
          at = stop + 1
          lines++
          quote = text.indexOf('"', at)
          continue
        }
        stop = end
        quote = text.indexOf('"', stop)
      }
      give(block, text, ascii, at, stop)
      lines += stop === newline || newline === -1 ? 1 : 1 + countNewlines(text, at, stop)
      at = stop + 1
    }
    return Math.min(at, cut)
  }

  /** @param text the block as Latin-1, where it is at hand */
  function give(block: Buffer, text: string | undefined, ascii: boolean, from: number, to: number): void {
    const end = to > from && block[to - 1] === 13 ? to - 1 : to
    if (end - from > LIMITS.line_bytes_max) {
      sink.bad(slice(block, from, end), lines + 1, 'event_too_large', TOO_LARGE)
      return
    }
    if (ascii) {
      sink.record(text === undefined ? block.toString('latin1', from, end) : text.slice(from, end), lines + 1)
      return
    }
    const own = block.subarray(bytes + from === 0 ? markBytes(block) : from, end)
    if (isUtf8(own)) sink.record(own.toString('utf8'), lines + 1)
    else sink.bad(slice(block, from, end), lines + 1, 'malformed_line', 'not valid UTF-8')
  }

  function advance(block: Buffer): void {
    const done = consume(block, false)
    bytes += done
    // A copy: the chunk's memory is used again.
    carry = Buffer.from(block.subarray(done))
  }

  /** Skips the rest of an oversize line; gives back what comes behind it. */
  function behindOversize(chunk: Buffer): Buffer {
    const newline = chunk.indexOf(NEWLINE)
    const skipped = newline === -1 ? chunk.length : newline + 1
    bytes += skipped
    if (newline !== -1) {
      oversize = false
      lines++
    }
    return chunk.subarray(skipped)
  }

  return {
    push(chunk) {
      const rest = oversize ? behindOversize(chunk) : chunk
      // Of lines only the one that a chunk's end has cut is put together.
      const joint = carry.length === 0 ? 0 : delimiter === undefined ? lineLength(rest) : rest.length
      if (joint > 0) advance(Buffer.concat([carry, rest.subarray(0, joint)]))
      if (joint < rest.length) advance(rest.subarray(joint))
      // One more than a line may have: its carriage return may be the last byte at hand.
      if (carry.length > LIMITS.line_bytes_max + 1 && carry.indexOf(NEWLINE) === -1) {
        sink.bad(slice(carry, 0, carry.length), lines + 1, 'event_too_large', TOO_LARGE)
        bytes += carry.length
        carry = Buffer.alloc(0)
        oversize = true
      }
    },
    end() {
      bytes += consume(carry, true)
      carry = Buffer.alloc(0)
      oversize = false
    },
    get bytes() {
      return bytes
    },
    get lines() {
      return lines
    },
    get settled() {
      return !oversize
    },
  }
}

const NEWLINE = 10
const OPEN = -1
const MALFORMED = -2
const NEVER_CLOSED = 'a quoted cell is never closed'
const AFTER_QUOTE = 'text behind the closing quote of a cell'
const TOO_LARGE = `longer than ${LIMITS.line_bytes_max} bytes`

/**
 * Where the record that begins at `from` ends (at its newline, or the end of the text), or why that is not known. It
 * looks no further than a record may be long, so that the verdict does not depend on how much of the file is at hand.
 */
function endOfRecord(text: string, from: number, delimiter: number): number {
  const end = text.length
  const limit = from + LIMITS.line_bytes_max
  let at = from
  for (;;) {
    // At the start of a cell. Spaces before a quote are common in the wild and mean nothing.
    let start = at
    while (text.charCodeAt(start) === 32) start++
    if (text.charCodeAt(start) === 34) {
      at = closingQuote(text, start + 1)
      if (at === OPEN || at > limit) return OPEN
      at++
      while (text.charCodeAt(at) === 32) at++
      if (text.charCodeAt(at) === 13) at++
      if (at < end && text.charCodeAt(at) !== delimiter && text.charCodeAt(at) !== NEWLINE) return MALFORMED
    } else {
      while (at < end && text.charCodeAt(at) !== delimiter && text.charCodeAt(at) !== NEWLINE) at++
    }
    if (at > limit) return OPEN
    if (at >= end || text.charCodeAt(at) === NEWLINE) return at
    at++
  }
}

/** The quote that closes a cell whose content begins at `from`; a doubled quote is one of the content. */
export function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from)
  while (at !== -1 && text.charCodeAt(at + 1) === 34) at = text.indexOf('"', at + 2)
  return at
}

/** Up to and with the first newline; all of it where there is none. */
function lineLength(bytes: Buffer): number {
  const newline = bytes.indexOf(NEWLINE)
  return newline === -1 ? bytes.length : newline + 1
}

/** Length of a byte order mark at the start of the file. */
function markBytes(block: Buffer): number {
  return block[0] === 0xef && block[1] === 0xbb && block[2] === 0xbf ? 3 : 0
}

function countNewlines(text: string, from: number, to: number): number {
  let found = 0
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) found++
  return found
}

/** A piece for a dead letter, cut where it is longer than what is kept. */
function slice(block: Buffer, from: number, to: number): string {
  return block.toString('utf8', from, Math.min(to, from + LIMITS.raw_bytes_max))
}

/**
 * Packs bytes as one LZ4 block (lz4_Block_format.md of lz4/lz4): greedy, with one table of the places where four bytes
 * were last seen, and longer steps the longer nothing is found, so that what cannot be packed costs little.
 */
export function lz4Pack(input: Buffer): Buffer {
  const out = Buffer.allocUnsafe(boundOf(input.length))
  const seen = new Int32Array(1 << HASH_BITS)
  // Reads four bytes from any place in one step.
  const view = new DataView(input.buffer, input.byteOffset, input.length)
  const matches_end = input.length - LAST_MATCH
  const literals_begin = input.length - LAST_LITERALS
  const words_end = literals_begin - 4
  let to = 0
  let literals_from = 0
  let at = 1
  let misses = 0
  while (at < matches_end) {
    const four = view.getInt32(at, true)
    const slot = Math.imul(four, 2_654_435_761) >>> (32 - HASH_BITS)
    const before = seen[slot]!
    seen[slot] = at
    if (before >= at || at - before > OFFSET_MAX || view.getInt32(before, true) !== four) {
      at += 1 + (misses++ >> 6)
      continue
    }
    misses = 0
    let end = at + MATCH_MIN
    const shift = at - before
    while (end < words_end && view.getInt32(end, true) === view.getInt32(end - shift, true)) end += 4
    while (end < literals_begin && input[end] === input[end - shift]) end++
    to = writeSequence(out, to, input, literals_from, at, end - at - MATCH_MIN)
    out[to++] = shift & 0xff
    out[to++] = shift >> 8
    to = writeLength(out, to, end - at - MATCH_MIN)
    at = end
    literals_from = end
  }
  to = writeSequence(out, to, input, literals_from, input.length, 0)
  return out.subarray(0, to)
}

/**
 * Unpacks one LZ4 block.
 *
 * @param size  how many bytes it must give
 * @throws RangeError for what is not such a block
 */
export function lz4Unpack(input: Buffer, size: number): Buffer {
  const out = Buffer.allocUnsafe(size)
  let from = 0
  let to = 0
  const length = (nibble: number): number => {
    let sum = nibble
    if (nibble !== 15) return sum
    for (;;) {
      const byte = input[from++]
      if (byte === undefined) throw broken()
      sum += byte
      if (byte !== 255) return sum
    }
  }
  while (from < input.length) {
    const token = input[from++]!
    const literals = length(token >> 4)
    if (from + literals > input.length || to + literals > size) throw broken()
    input.copy(out, to, from, from + literals)
    from += literals
    to += literals
    if (from === input.length) break
    const shift = input[from]! | (input[from + 1]! << 8)
    from += 2
    const match = length(token & 15) + MATCH_MIN
    if (!(shift > 0 && shift <= to) || to + match > size) throw broken()
    // Byte by byte: the match may run into what it writes itself.
    for (const end = to + match; to < end; to++) out[to] = out[to - shift]!
  }
  if (to !== size) throw broken()
  return out
}

const HASH_BITS = 14
const MATCH_MIN = 4
const OFFSET_MAX = 65_535
/** The last five bytes are literals, and the last match begins twelve bytes before the end: rules of the format. */
const LAST_LITERALS = 5
const LAST_MATCH = 12

function boundOf(length: number): number {
  return length + Math.ceil(length / 255) + 16
}

/** The token and the literals of a sequence. @returns where the next byte goes */
function writeSequence(out: Buffer, at: number, input: Buffer, from: number, end: number, match: number): number {
  const literals = end - from
  out[at] = (Math.min(literals, 15) << 4) | Math.min(match, 15)
  const to = writeLength(out, at + 1, literals)
  // A call costs more than a few bytes.
  if (literals > 48) input.copy(out, to, from, end)
  else for (let at = 0; at < literals; at++) out[to + at] = input[from + at]!
  return to + literals
}

/** What does not fit into the four bits of the token. */
function writeLength(out: Buffer, at: number, length: number): number {
  if (length < 15) return at
  let left = length - 15
  let to = at
  for (; left >= 255; left -= 255) out[to++] = 255
  out[to++] = left
  return to
}

function broken(): RangeError {
  return new RangeError('this is no LZ4 block')
}

/**
 * Unpacks one LZ4 block (lz4_Block_format.md of lz4/lz4).
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

const MATCH_MIN = 4

function broken(): RangeError {
  return new RangeError('this is no LZ4 block')
}

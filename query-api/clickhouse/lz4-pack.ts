import * as w from './wasm.ts'

/**
 * Packs bytes as one LZ4 block (lz4_Block_format.md of lz4/lz4), in WebAssembly: greedy, with one table of the places
 * where four bytes were last seen, and longer steps the longer nothing is found, so that what cannot be packed costs
 * little. A packer keeps the memory that it works in, and what it returns lies there: it holds until the next call.
 */
export function lz4Packer(): (input: Buffer) => Buffer {
  const wasm = w.instantiate(MODULE)
  return (input) => {
    const to = SRC + input.length
    const memory = wasm.memory(to + boundOf(input.length))
    memory.set(input, SRC)
    return Buffer.from(memory.buffer, to, wasm.run(SRC, SRC + input.length, to) - to)
  }
}

const HASH_BITS = 14
const MATCH_MIN = 4
const OFFSET_MAX = 65_535
/** The last five bytes are literals, and the last match begins twelve bytes before the end: rules of the format. */
const LAST_LITERALS = 5
const LAST_MATCH = 12
/** The table lies before the input. */
const TABLE = 0
const SRC = 4 << HASH_BITS

function boundOf(length: number): number {
  return length + Math.ceil(length / 255) + 16
}

// Parameters: where the input begins and ends, and where the next packed byte goes, which is also the result.
const [BEGIN, END, OUT, AT, LITERALS, BEFORE, TO, FOUR, SLOT, MISSES, LEFT, MATCH] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
]
const { add, get, i32, set, sub } = w
const plus = (local: number, by: number) => set(local, add(get(local), i32(by)))
const put = (byte: w.Code): w.Code => [...w.store8(get(OUT), byte), ...plus(OUT, 1)]
const atMost15 = (local: number) => w.choose(get(local), i32(15), w.less(get(local), i32(15)))

/** What of LEFT does not fit into the four bits of the token. */
const putLength: w.Code = w.when(w.atLeast(get(LEFT), i32(15)), [
  ...plus(LEFT, -15),
  ...w.during(w.atLeast(get(LEFT), i32(255)), [...put(i32(255)), ...plus(LEFT, -255)]),
  ...put(get(LEFT)),
])

/** The token and the literals from LITERALS up to a place; MATCH is what the match is longer than four. */
const putLiterals = (end: w.Code): w.Code => [
  ...set(LEFT, sub(end, get(LITERALS))),
  ...set(TO, get(LEFT)),
  ...put(w.or(w.shiftLeft(atMost15(LEFT), i32(4)), atMost15(MATCH))),
  ...putLength,
  ...w.copy(get(OUT), get(LITERALS), get(TO)),
  ...set(OUT, add(get(OUT), get(TO))),
]

/** The match at AT with what lies at BEFORE, as long as it goes. */
const putMatch: w.Code = [
  ...set(MISSES, i32(0)),
  ...set(SLOT, sub(get(AT), get(BEFORE))),
  ...set(TO, add(get(AT), i32(MATCH_MIN))),
  ...w.during(
    // Eight bytes at once, of which all lie before the last literals.
    w.choose(
      w.equal64(w.load64(get(TO)), w.load64(sub(get(TO), get(SLOT)))),
      i32(0),
      w.less(add(get(TO), i32(8)), sub(get(END), i32(LAST_LITERALS))),
    ),
    plus(TO, 8),
  ),
  ...w.during(
    w.choose(
      w.equal(w.load8(get(TO)), w.load8(sub(get(TO), get(SLOT)))),
      i32(0),
      w.less(get(TO), sub(get(END), i32(LAST_LITERALS))),
    ),
    plus(TO, 1),
  ),
  ...set(FOUR, get(TO)),
  ...set(MATCH, sub(get(TO), get(AT), i32(MATCH_MIN))),
  ...putLiterals(get(AT)),
  ...put(w.and(get(SLOT), i32(255))),
  ...put(w.shiftRight(get(SLOT), i32(8))),
  ...set(LEFT, get(MATCH)),
  ...putLength,
  ...set(AT, get(FOUR)),
  ...set(LITERALS, get(FOUR)),
]

const hash = w.shiftRight(w.mul(get(FOUR), i32(2_654_435_761)), i32(32 - HASH_BITS))

const MODULE = w.compile(3, Array<typeof w.I32>(9).fill(w.I32), [
  ...w.fill(i32(TABLE), i32(0), i32(SRC)),
  ...set(LITERALS, get(BEGIN)),
  ...set(AT, add(get(BEGIN), i32(1))),
  ...w.during(w.less(add(get(AT), i32(LAST_MATCH)), get(END)), [
    ...set(FOUR, w.load(get(AT))),
    ...set(SLOT, add(i32(TABLE), w.shiftLeft(hash, i32(2)))),
    ...set(BEFORE, add(get(BEGIN), w.load(get(SLOT)))),
    ...w.store(get(SLOT), sub(get(AT), get(BEGIN))),
    ...w.when(
      w.or(
        w.atLeast(get(BEFORE), get(AT)),
        w.greater(sub(get(AT), get(BEFORE)), i32(OFFSET_MAX)),
        w.differ(w.load(get(BEFORE)), get(FOUR)),
      ),
      [...set(AT, add(get(AT), i32(1), w.shiftRight(get(MISSES), i32(6)))), ...plus(MISSES, 1)],
      putMatch,
    ),
  ]),
  ...set(MATCH, i32(0)),
  ...putLiterals(get(END)),
  ...get(OUT),
])

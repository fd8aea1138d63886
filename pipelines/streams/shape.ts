/**
 * How one producer writes its objects: the bytes between their values, learned from a record. Producers write the same
 * names in the same order with the same blanks, so most records are read by comparing what lies between the values and
 * looking for the ends of these. What differs in a byte is no match, and is read in another way.
 */
export type Shape = {
  readonly values: number
  /** What lies before each value and behind the last, one after the other; quotes of texts belong to it. */
  readonly between: Uint8Array
  /** Where in `between` the bytes before the n-th value end. */
  readonly ends: Int32Array
  /** By value: 1 for a text, 0 for an integer. */
  readonly texts: Uint8Array
  /** By value: the number of its field, -1 where nobody asks for it. */
  readonly fields: Int32Array
  /** Fields that records of this shape do not have. */
  readonly absent: Int32Array
}

/**
 * Reads the record `bytes[start, end)` if it has the shape.
 *
 * @param places receives where the value of each field begins and ends; a start of -1 where there is none. Undefined
 *   after a mismatch.
 */
export function matchShape(shape: Shape, bytes: Uint8Array, start: number, end: number, places: Int32Array): boolean {
  const { absent, between, ends, fields, texts, values } = shape
  let at = start
  let next = 0
  for (let n = 0; ; n++) {
    for (const to = ends[n]!; next < to; next++, at++) if (bytes[at] !== between[next]) return false
    if (n === values) break
    const first = at
    if (texts[n] === 1) {
      while (STOPS[bytes[at]!] === 0) at++
      if (bytes[at] !== QUOTE) return false
    } else {
      at = endOfInteger(bytes, at)
      if (at < 0) return false
    }
    const field = fields[n]!
    if (field < 0) continue
    places[field * 2] = first
    places[field * 2 + 1] = at
  }
  for (let n = 0; n < absent.length; n++) places[absent[n]! * 2] = -1
  return at === end
}

/**
 * The shape of a record: undefined where it is no object of texts and integers with plain names, or none at all.
 *
 * @param names the fields that are asked for, by number
 */
export function learnShape(
  bytes: Uint8Array,
  start: number,
  end: number,
  names: ReadonlyMap<string, number>,
): Shape | undefined {
  const between: number[] = []
  const [ends, texts, fields]: [number[], number[], number[]] = [[], [], []]
  let at = start
  const copyBlanks = () => {
    while (at < end && BLANKS.has(bytes[at]!)) between.push(bytes[at++]!)
  }
  /** Copies a byte with the blanks before it. */
  const copy = (byte: number): boolean => {
    copyBlanks()
    if (at >= end || bytes[at] !== byte) return false
    between.push(bytes[at++]!)
    return true
  }
  if (!copy(OPEN)) return undefined
  do {
    if (!copy(QUOTE)) return undefined
    const name_at = at
    while (at < end && STOPS[bytes[at]!] === 0) between.push(bytes[at++]!)
    const name = String.fromCharCode(...bytes.subarray(name_at, at))
    if (!copy(QUOTE) || !copy(COLON)) return undefined
    copyBlanks()
    const is_text = bytes[at] === QUOTE
    if (is_text) between.push(bytes[at++]!)
    ends.push(between.length)
    texts.push(is_text ? 1 : 0)
    fields.push(names.get(name) ?? -1)
    at = is_text ? endOfText(bytes, at, end) : endOfInteger(bytes, at)
    if (at < 0 || at >= end) return undefined
    if (is_text) between.push(bytes[at++]!)
  } while (copy(COMMA))
  if (!copy(CLOSE)) return undefined
  copyBlanks()
  if (at !== end) return undefined
  ends.push(between.length)
  return {
    values: texts.length,
    between: Uint8Array.from(between),
    ends: Int32Array.from(ends),
    texts: Uint8Array.from(texts),
    fields: Int32Array.from(fields),
    absent: Int32Array.from([...names.values()].filter((field) => !fields.includes(field))),
  }
}

export function isSameShape(a: Shape, b: Shape): boolean {
  return Buffer.compare(a.between, b.between) === 0 && Buffer.compare(a.texts, b.texts) === 0 && sameEnds(a, b)
}

function sameEnds({ ends: a }: Shape, { ends: b }: Shape): boolean {
  return a.length === b.length && a.every((end, n) => end === b[n])
}

/** The quote that ends a text, escapes passed over; -1 where there is none. */
function endOfText(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    if (bytes[at] === QUOTE) return at
    if (bytes[at] === BACKSLASH) at++
  }
  return -1
}

/** Behind an integer of up to 15 digits, each of which a double holds; -1 for anything else, which JSON.parse reads. */
function endOfInteger(bytes: Uint8Array, from: number): number {
  const first = bytes[from] === MINUS ? from + 1 : from
  let at = first
  while (bytes[at]! >= ZERO && bytes[at]! <= NINE) at++
  const digits = at - first
  if (digits === 0 || digits > 15) return -1
  if (bytes[first] === ZERO && (digits > 1 || first > from)) return -1
  // A fraction or an exponent follows.
  return bytes[at] === POINT || bytes[at] === UPPER_E || bytes[at] === LOWER_E ? -1 : at
}

const QUOTE = 34
const BACKSLASH = 92
const OPEN = 123
const CLOSE = 125
const COLON = 58
const COMMA = 44
const MINUS = 45
const POINT = 46
const ZERO = 48
const NINE = 57
const UPPER_E = 69
const LOWER_E = 101
const BLANKS: ReadonlySet<number> = new Set([32, 9, 13, 10])
/** 1 for what ends a text or makes it one that JSON.parse must read: quotes, escapes, control characters, no ASCII. */
const STOPS = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 32 || byte > 127 || byte === QUOTE || byte === BACKSLASH ? 1 : 0,
)

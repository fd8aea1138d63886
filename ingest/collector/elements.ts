/** Where the elements of an array lie in its text. */
export type Elements = {
  readonly starts: number[]
  readonly ends: number[]
  /** Bytes of the longest. */
  readonly longest: number
}

/**
 * Cuts a JSON array of objects into its elements by braces and quotes alone. Whether an element is JSON is for whoever
 * reads it: if all are, the array is, and the cuts are right. Undefined for anything that does not look like such an
 * array.
 */
export function elementsOf(text: Uint8Array): Elements | undefined {
  const starts: number[] = []
  const ends: number[] = []
  let longest = 0
  let at = skipSpace(text, 0)
  if (text[at] !== OPEN_LIST) return undefined
  do {
    const start = skipSpace(text, at + 1)
    if (text[start] !== OPEN_OBJECT) return undefined
    const end = behindObject(text, start)
    if (end === -1) return undefined
    starts.push(start)
    ends.push(end)
    longest = Math.max(longest, end - start)
    at = skipSpace(text, end)
  } while (text[at] === COMMA)
  if (text[at] !== CLOSE_LIST || skipSpace(text, at + 1) !== text.length) return undefined
  return { starts, ends, longest }
}

function behindObject(text: Uint8Array, start: number): number {
  const length = text.length
  let depth = 0
  for (let at = start; at < length; at += 1) {
    switch (MEANING[text[at]!]) {
      case STRING:
        at = closingQuote(text, at + 1)
        if (at === -1) return -1
        break
      case OPENS:
        depth += 1
        break
      case CLOSES:
        depth -= 1
        if (depth === 0) return at + 1
    }
  }
  return -1
}

function closingQuote(text: Uint8Array, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === QUOTE) return at
    if (text[at] === BACKSLASH) at += 1
  }
  return -1
}

function skipSpace(text: Uint8Array, from: number): number {
  let at = from
  while (text[at] === 0x20 || text[at] === 0x0a || text[at] === 0x0d || text[at] === 0x09) at += 1
  return at
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const STRING = 1
const OPENS = 2
const CLOSES = 3
const MEANING = new Uint8Array(256)
MEANING[QUOTE] = STRING
MEANING[OPEN_LIST] = OPENS
MEANING[OPEN_OBJECT] = OPENS
MEANING[CLOSE_LIST] = CLOSES
MEANING[CLOSE_OBJECT] = CLOSES

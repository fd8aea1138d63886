import type { Rejection } from '../../schemas/parse.ts'
import { isSameShape, learnShape, matchShape, type Shape } from './shape.ts'

/**
 * Reads the fields that a stream asks for from flat JSON objects, as places of bytes: by shape where a record looks like
 * one before it, else by JSON.parse, which has the last word. Both ways say the same of a record; a test holds them
 * together.
 */
export class FlatReader {
  readonly names: readonly string[]
  /** What the places count in. */
  bytes: Uint8Array = new Uint8Array(0)
  /** By field: where its value begins and ends, without quotes; a start of -1 where the record has none. */
  readonly places: Int32Array
  private readonly numbers: ReadonlyMap<string, number>
  private readonly shapes: Shape[] = []

  constructor(names: readonly string[]) {
    this.names = names
    this.numbers = new Map(names.map((name, number) => [name, number]))
    this.places = new Int32Array(names.length * 2)
  }

  /** @throws RangeError for a field that was not asked for */
  numberOf(name: string): number {
    const number = this.numbers.get(name)
    if (number === undefined) throw new RangeError(`the reader was not asked for ${name}`)
    return number
  }

  /** Reads `source[start, end)`. @returns what is wrong with it, or undefined */
  read(source: Uint8Array, start: number, end: number): Rejection | undefined {
    this.bytes = source
    const { places, shapes } = this
    for (let n = 0; n < shapes.length; n++) {
      const shape = shapes[n]!
      if (!matchShape(shape, source, start, end, places)) continue
      if (n > 0) this.putFirst(shape, n)
      return undefined
    }
    const shape = learnShape(source, start, end, this.numbers)
    if (shape !== undefined && !shapes.some((known) => isSameShape(known, shape))) {
      this.putFirst(shape, Math.min(shapes.length, SHAPES_MAX - 1))
      if (matchShape(shape, source, start, end, places)) return undefined
    }
    return this.parse(source, start, end)
  }

  /** The newest first: the next record most often looks like this one. */
  private putFirst(shape: Shape, before: number): void {
    for (let n = before; n > 0; n--) this.shapes[n] = this.shapes[n - 1]!
    this.shapes[0] = shape
  }

  private parse(source: Uint8Array, start: number, end: number): Rejection | undefined {
    let raw: unknown
    try {
      raw = JSON.parse(UTF8.decode(source.subarray(start, end)))
    } catch (error) {
      // A SyntaxError of JSON.parse, or a TypeError of the decoder where the bytes are no UTF-8.
      if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
      return { code: 'invalid_json', path: '', reason: error.message.slice(0, 200) }
    }
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
      return { code: 'invalid_event', path: '', reason: 'not an object' }
    }
    const texts = this.names.map((name) => (Object.hasOwn(raw, name) ? textOf((raw as Fields)[name]) : null))
    const parts = texts.map((text) => Buffer.from(text ?? ''))
    this.bytes = new Uint8Array(Buffer.concat(parts))
    let at = 0
    for (const [field, part] of parts.entries()) {
      this.places[field * 2] = texts[field] === null ? -1 : at
      at += part.length
      this.places[field * 2 + 1] = at
    }
    return undefined
  }
}

type Fields = Readonly<Record<string, unknown>>

/** A text, or an integer as it is spelled; null for what is neither, which is as good as absent. */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value
  return Number.isSafeInteger(value) ? String(value) : null
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** A topic has a few kinds of records, each of its own shape. */
const SHAPES_MAX = 8

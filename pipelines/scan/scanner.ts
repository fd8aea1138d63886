import { DAY_MAX, TIME_MIN_MS } from '../../schemas/fields.ts'
import { DAY_MS, parseDay } from '../../schemas/zone.ts'
import { DAY_SLOT, ENVELOPE, FAMILIES, H_SLOT, RUN, SEALED, SLICE_SLOT } from './families.ts'
import type { Field, Layout } from './layout.ts'
import { Slices } from './slices.ts'
import { childTape, eventTape, type Tape } from './tape.ts'
import { ascii, CLOSE_BRACE, COMMA, OPEN_BRACE, QUOTE, ValueReader } from './values.ts'
import type { Words } from './words.ts'

/**
 * Reads canonical events from their bytes onto a tape, without making objects or strings of them: our own ingest writes
 * every object's fields in one order and every value in one spelling. Whatever is spelled otherwise (an escape, an
 * integer beyond 2^53, another order) or out of range is left to the decoder of JSON, which has the last word on it.
 */
export class Scanner extends ValueReader {
  readonly events: Tape
  readonly children: Tape
  private readonly layouts = new Map<number, Layout | null>()
  private readonly days = new Map<number, number>()
  private readonly slices: Slices

  constructor(words: Words, is_own_log: boolean, capacity: number) {
    super(words, is_own_log)
    this.slices = new Slices(words)
    this.events = eventTape(capacity)
    this.children = childTape(capacity)
  }

  /** Makes room for another stretch. */
  rewind(): void {
    this.events.rows = 0
    this.children.rows = 0
  }

  /** To be called when the words were cleared. */
  forget(): void {
    this.layouts.clear()
    this.days.clear()
    this.slices.forget()
  }

  /**
   * Puts the event in `source[start, end)` on the tape as its next row.
   *
   * @returns the type's layout, or undefined (and no row) for what the decoder of JSON must look at
   */
  scan(source: Uint8Array, start: number, end: number): Layout | undefined {
    const { children, events } = this
    const lists_before = children.rows
    const layout = this.event(source, start, end, events.next())
    if (layout === undefined) children.rows = lists_before
    else events.rows++
    return layout
  }

  private event(source: Uint8Array, start: number, end: number, base: number): Layout | undefined {
    const { slots } = this.events
    this.bytes = source
    this.at = start
    slots.set(ENVELOPE.absent, base)
    slots.set(RUN.absent, base + H_SLOT + 2)
    slots.set(SEALED.absent, base + RUN.end)
    if (!this.literal(OPEN) || !this.fields(ENVELOPE, this.events, base, COMMA)) return undefined
    if (!this.literal(H) || !this.fingerprint(slots, base + H_SLOT)) return undefined
    if (this.bytes[this.at] === COMMA && this.bytes[this.at + 1] === QUOTE && this.bytes[this.at + 2] === RUN_FIRST) {
      this.at++
      if (!this.fields(RUN, this.events, base, COMMA)) return undefined
    } else if (this.bytes[this.at++] !== COMMA) return undefined
    const layout = this.layoutOf(slots[base + TYPE_SLOT]!)
    if (layout === null || !this.literal(DATA)) return undefined
    slots.set(layout.absent, base + SEALED.end)
    if (!this.fields(layout, this.events, base, CLOSE_BRACE)) return undefined
    if (this.bytes[this.at] === COMMA) {
      if (!this.literal(SEALED_KEY) || !this.fields(SEALED, this.events, base, CLOSE_BRACE)) return undefined
    }
    if (this.bytes[this.at] !== CLOSE_BRACE || this.at !== end - 1) return undefined
    this.derive(layout, base)
    return layout
  }

  /** What follows from the fields: see `dayOf` and `deliverySlice`, which say the same of an event that is an object. */
  private derive(layout: Layout, base: number): void {
    const { slots } = this.events
    const day = layout.day_slot === undefined ? Number.NaN : slots[base + layout.day_slot]!
    slots[base + DAY_SLOT] = Number.isNaN(day) ? Math.floor(slots[base + OCCURRED_SLOT]! / DAY_MS) : day
    if (layout === DELIVERY) slots[base + SLICE_SLOT] = this.slices.of(slots, base)
  }

  private layoutOf(type: number): Layout | null {
    let layout = this.layouts.get(type)
    if (layout === undefined) {
      layout = (FAMILIES as Readonly<Record<string, Layout>>)[this.words.textOf(type)] ?? null
      this.layouts.set(type, layout)
    }
    return layout
  }

  /**
   * Reads fields in the layout's order up to `end` behind them, and passes it. With a comma for `end` all fields that are
   * to come must be there; with a brace the object may lack those that are not required.
   */
  private fields(layout: Layout, tape: Tape, base: number, end: number): boolean {
    const { fields } = layout
    const { bytes } = this
    let missing = layout.required_fields
    let next = 0
    for (;;) {
      if (bytes[this.at] === end && end === CLOSE_BRACE) break
      while (next < fields.length && !this.literalAt(fields[next]!.key)) next++
      if (next === fields.length) return false
      const field = fields[next++]!
      this.at += field.key.length
      if (field.required) missing--
      if (!this.value(field, tape, base)) return false
      if (bytes[this.at] === COMMA) {
        this.at++
        if (end === COMMA && next === fields.length) return missing === 0
        if (bytes[this.at] === CLOSE_BRACE) return false
      } else if (bytes[this.at] !== end) return false
    }
    this.at++
    return missing === 0
  }

  private value(field: Field, tape: Tape, base: number): boolean {
    const at = base + field.slot
    switch (field.kind) {
      case 'word':
        return this.word(tape.slots, at, 1)
      case 'label':
        return this.word(tape.slots, at, 0)
      case 'id':
        return this.range(tape.slots, at, 1, WORD_MAX)
      case 'text':
        return this.range(tape.slots, at, 0, TEXT_MAX)
      case 'object':
        return this.object(tape.slots, at)
      case 'micros':
        return this.integer(tape.slots, at, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
      case 'count':
        return this.integer(tape.slots, at, 0, Number.MAX_SAFE_INTEGER)
      case 'instant':
        return this.integer(tape.slots, at, TIME_MIN_MS, INSTANT_MAX_MS)
      case 'offset':
        return this.integer(tape.slots, at, -OFFSET_MAX, OFFSET_MAX)
      case 'day':
        return this.day(tape.slots, at)
      case 'flag':
        return this.flag(tape.slots, at)
      case 'list':
        return this.list(field.items!, tape, at)
    }
  }

  private day(slots: Float64Array, at: number): boolean {
    if (!this.word(slots, at, 1)) return false
    const word = slots[at]!
    let day = this.days.get(word)
    if (day === undefined) {
      day = parseDay(this.words.textOf(word)) ?? -1
      this.days.set(word, day)
    }
    slots[at] = day
    return day >= 0 && day <= DAY_MAX
  }

  /** Objects of one layout, onto the child tape. */
  private list(items: Layout, tape: Tape, at: number): boolean {
    const { bytes, children } = this
    if (bytes[this.at++] !== OPEN_BRACKET) return false
    const first = children.rows
    if (bytes[this.at] === CLOSE_BRACKET) this.at++
    else {
      for (;;) {
        if (bytes[this.at++] !== OPEN_BRACE) return false
        const base = children.next()
        children.slots.set(items.absent, base)
        if (!this.fields(items, children, base, CLOSE_BRACE)) return false
        if (++children.rows - first > LIST_MAX) return false
        const byte = bytes[this.at++]
        if (byte === CLOSE_BRACKET) break
        if (byte !== COMMA) return false
      }
    }
    tape.slots[at] = first
    tape.slots[at + 1] = children.rows
    return true
  }
}

const OPEN = ascii('{"c":1,')
const H = ascii('"h":"')
const DATA = ascii('"data":{')
const SEALED_KEY = ascii(',"sealed":{')
const RUN_FIRST = 'r'.charCodeAt(0)
const OPEN_BRACKET = 91
const CLOSE_BRACKET = 93

// The limits of schemas/canonical-checks.ts, in bytes: what is longer may still have few enough characters.
const WORD_MAX = 512
const TEXT_MAX = 4_096
const LIST_MAX = 1_000
const OFFSET_MAX = 1_499
// ClickHouse's DateTime ends in 2106.
const INSTANT_MAX_MS = 4_289_999_999_999
const TYPE_SLOT = ENVELOPE.slotOf('type')
const OCCURRED_SLOT = ENVELOPE.slotOf('occurred_ms')
const DELIVERY = FAMILIES['ad_delivery.observed']

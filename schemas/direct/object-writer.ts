import { TIME_MIN_MS } from '../fields.ts'
import { parseDay } from '../zone.ts'
import { CLOSE_OBJECT, copy, copyRange, OPEN_OBJECT, writeInteger } from './ascii.ts'
import { countAt, microsAt } from './numbers.ts'
import { ABSENT, FALSE, NESTED, NULL, NUMBER, type ObjectScanner, STRING, TRUE, UNSURE } from './scan.ts'
import type { Days, Moment, Step, Writer } from './steps.ts'
import { instantAt, writeHour, writeId, writeList, writePlace, writeSingle, writeZone } from './values.ts'

/**
 * Writes an object as it lies on the log, from the slots of its scanner: values that need no change are copied from
 * the input as they stand.
 */
export class ObjectWriter implements Writer {
  readonly scanner: ObjectScanner
  readonly #steps: readonly Step[]

  constructor(scanner: ObjectScanner, steps: readonly Step[]) {
    this.scanner = scanner
    this.#steps = steps
  }

  /** The slot of a field, for whoever needs its bytes. */
  slotOf(field: string): number {
    return this.scanner.slotOf(field)
  }

  write(src: Uint8Array, out: Uint8Array, from: number, moment: Moment, days: Days): number {
    const { tags, starts, ends } = this.scanner
    const steps = this.#steps
    let at = from
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i]!
      const { slot } = step
      const tag = tags[slot]!
      if (step.kind !== 'place' && (tag === ABSENT || (tag === NULL && step.nullable))) {
        if (step.means === 'zone') {
          at = writeZone(step, out, at, moment)
          if (at === UNSURE) return UNSURE
          continue
        }
        const { absent } = step
        if (absent === 'nothing') continue
        if (absent === 'unsure') return UNSURE
        at = copy(out, at, absent)
        continue
      }
      const start = starts[slot]!
      const end = ends[slot]!
      switch (step.kind) {
        case 'word': {
          if (tag !== STRING) return UNSURE
          const words = step.words!
          const word = words.find(src, start + 1, end - 1)
          if (word === UNSURE) return UNSURE
          at = copy(out, at, words.pieces[word]!)
          if (step.means === 'day') moment.day = parseDay(words.values[word] as string)!
          else if (step.means === 'zone') moment.zone_name = words.values[word] as string
          break
        }
        case 'id':
          at = copy(out, at, step.key)
          at = writeId(src, start, end, tag, out, at)
          break
        case 'text':
          if (tag !== STRING || end - start - 2 > step.length_max) return UNSURE
          at = copyRange(out, copy(out, at, step.key), src, start, end)
          break
        case 'count':
          if (tag !== NUMBER || countAt(src, start, end) === UNSURE) return UNSURE
          at = copyRange(out, copy(out, at, step.key), src, start, end)
          break
        case 'micros': {
          const micros =
            tag === NUMBER
              ? microsAt(src, start, end, true)
              : tag === STRING
                ? microsAt(src, start + 1, end - 1, false)
                : Number.NaN
          if (Number.isNaN(micros)) return UNSURE
          at = writeInteger(out, copy(out, at, step.key), micros)
          break
        }
        case 'instant': {
          const at_ms = tag === STRING ? instantAt(src, start + 1, end - 1, days) : UNSURE
          if (at_ms < TIME_MIN_MS) return UNSURE
          if (step.means === 'instant') moment.at_ms = at_ms
          at = writeInteger(out, copy(out, at, step.key), at_ms)
          break
        }
        case 'boolean':
          if (tag !== TRUE && tag !== FALSE) return UNSURE
          at = copyRange(out, copy(out, at, step.key), src, start, end)
          break
        case 'flag':
          if (tag !== TRUE && tag !== FALSE) return UNSURE
          if (tag === TRUE) at = copyRange(out, copy(out, at, step.key), src, start, end)
          break
        case 'list':
          if (tag !== NESTED) return UNSURE
          at = writeList(step.items!, src, start, out, copy(out, at, step.key), moment, days)
          break
        case 'place':
          at = writePlace(step, this.scanner, src, out, at, moment)
          break
        case 'hour':
          at = writeHour(step, src, start, end, tag, out, at, moment)
          break
        case 'single':
          at = writeSingle(step, src, start, out, copy(out, at, step.key))
          break
        case 'slow':
          return UNSURE
      }
      if (at === UNSURE) return UNSURE
    }
    // Each key was written with a comma before it; the first one's place is that of the brace.
    out[from] = OPEN_OBJECT
    out[at] = CLOSE_OBJECT
    return at + 1
  }
}

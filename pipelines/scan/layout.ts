/**
 * What a field of a canonical value is, and what its slots on the tape hold:
 *
 * - `word`: a text that comes again and again, not empty; `label`: one that may be. The number of it in `Words`.
 * - `id`: a text of which there are many, not empty; `text`: one that may be; `object`: texts by name, as JSON. Two
 *   slots: where its bytes begin and end in the record's value.
 * - `micros`, `count`, `instant`, `offset`: the integer. `day`: days since 1970. `flag`: 0 or 1.
 * - `list`: objects, each a row of the child tape. Two slots: the first of them and the one behind the last.
 *
 * Absent is 0 for texts and lists (the empty word, an empty range) and NaN for numbers.
 */
export type Kind =
  | 'word'
  | 'label'
  | 'id'
  | 'text'
  | 'object'
  | 'micros'
  | 'count'
  | 'instant'
  | 'offset'
  | 'day'
  | 'flag'
  | 'list'

export type Field = {
  readonly name: string
  readonly kind: Kind
  readonly slot: number
  /** Whether the object is not well-formed without it. */
  readonly required: boolean
  /** `"name":` in ASCII. */
  readonly key: Uint8Array
  /** What the objects of a list hold. */
  readonly items: Layout | undefined
}

/** The fields of an object in the order in which our ingest writes them, and their places on the tape. */
export class Layout {
  readonly fields: readonly Field[]
  readonly required_fields: number
  /** Slots from the first field's on, as they are while every field is absent. */
  readonly absent: Float64Array
  /** The first slot behind the fields. */
  readonly end: number
  /** Where the event's own local day is, for types that have one. */
  readonly day_slot: number | undefined
  private readonly slots: ReadonlyMap<string, number>

  /**
   * @param spec   kind by name; `!` behind the kind for a required field
   * @param first  slot of the first field
   */
  constructor(spec: Readonly<Record<string, FieldSpec>>, first: number) {
    let slot = first
    const fields: Field[] = []
    for (const [name, value] of Object.entries(spec)) {
      const isNested = value instanceof Layout
      const kind = (isNested ? 'list' : value.replace('!', '')) as Kind
      const key = new TextEncoder().encode(`"${name}":`)
      const required = !isNested && value.endsWith('!')
      fields.push({ name, kind, slot, required, key, items: isNested ? value : undefined })
      slot += isWide(kind) ? 2 : 1
    }
    this.fields = fields
    this.required_fields = fields.filter(({ required }) => required).length
    this.end = slot
    this.absent = new Float64Array(slot - first)
    for (const field of fields) if (isNumber(field.kind)) this.absent[field.slot - first] = Number.NaN
    this.slots = new Map(fields.map((field) => [field.name, field.slot]))
    this.day_slot = this.slots.get('day')
  }

  /** @throws RangeError when there is no such field */
  slotOf(name: string): number {
    const slot = this.slots.get(name)
    if (slot === undefined) throw new RangeError(`the layout has no field ${name}`)
    return slot
  }
}

export type FieldSpec = Kind | `${Kind}!` | Layout

function isWide(kind: Kind): boolean {
  return kind === 'id' || kind === 'text' || kind === 'object' || kind === 'list'
}

/** Whether an absent field of this kind is NaN on the tape. */
function isNumber(kind: Kind): boolean {
  return (
    kind === 'micros' ||
    kind === 'count' ||
    kind === 'instant' ||
    kind === 'offset' ||
    kind === 'day' ||
    kind === 'flag'
  )
}

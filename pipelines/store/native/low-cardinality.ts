import {
  type ByteWriter,
  type ColumnBuilder,
  KEEP_BYTES_MAX,
  type NativeValue,
  outOfRange,
  type TextTable,
} from './builder.ts'
import { StringBuilder } from './text.ts'

/**
 * LowCardinality(String) and LowCardinality(Nullable(String)): each distinct text once per block, and an index per row.
 * Layout: SerializationLowCardinality.cpp of ClickHouse, with one dictionary per block and no shared one.
 */
export class LowCardinalityBuilder implements ColumnBuilder {
  rows = 0
  readonly #keys: StringBuilder
  readonly #index = new Map<string, number>()
  readonly #nullable: boolean
  #rows: Uint32Array
  #last_text: string | null = null
  #last_index = 0
  /** Index by the number of a word, -1 where it did not occur yet; and those that did. */
  #of_word = new Int32Array(0)
  readonly #words: number[] = []

  constructor(nullable: boolean, capacity: number) {
    this.#nullable = nullable
    this.#keys = new StringBuilder(64)
    this.#rows = new Uint32Array(capacity)
    this.reset()
  }

  append(value: NativeValue): void {
    if (value === this.#last_text && value !== null) this.#push(this.#last_index)
    else if (typeof value === 'string') this.#appendText(value)
    else if (value === null && this.#nullable) this.#push(0)
    else throw outOfRange('LowCardinality(String)', value)
  }

  appendDefault(): void {
    if (this.#nullable) this.#push(0)
    else this.#appendText('')
  }

  /** The first `count` texts of `numbers`, told by their numbers in a table that stays as it is until `reset`. */
  appendWords(numbers: Float64Array, count: number, table: TextTable): void {
    this.#reserve(count)
    if (this.#of_word.length < table.size) this.#of_word = grownFilled(this.#of_word, table.size)
    const of_word = this.#of_word
    const rows = this.#rows
    let row = this.rows
    for (let n = 0; n < count; n++) {
      const number = numbers[n]!
      let index = of_word[number]!
      if (index === -1) {
        index = this.#indexOf(table.textOf(number))
        of_word[number] = index
        this.#words.push(number)
      }
      rows[row++] = index
    }
    this.rows = row
  }

  /** The same text `count` times. */
  appendRepeated(text: string, count: number): void {
    this.#reserve(count)
    this.#rows.fill(this.#indexOf(text), this.rows, this.rows + count)
    this.rows += count
  }

  #appendText(text: string): void {
    const index = this.#indexOf(text)
    this.#last_text = text
    this.#last_index = index
    this.#push(index)
  }

  #indexOf(text: string): number {
    let index = this.#index.get(text)
    if (index === undefined) {
      index = this.#keys.rows
      this.#keys.append(text)
      this.#index.set(text, index)
    }
    return index
  }

  #push(index: number): void {
    this.#reserve(1)
    this.#rows[this.rows++] = index
  }

  #reserve(rows: number): void {
    if (this.rows + rows <= this.#rows.length) return
    const grown = new Uint32Array(Math.max(this.rows + rows, this.#rows.length * 2))
    grown.set(this.#rows.subarray(0, this.rows))
    this.#rows = grown
  }

  bytes(): number {
    return this.rows === 0 ? 8 : 8 + 8 + 8 + this.#keys.bytes() + 8 + this.rows * this.#width()
  }

  #width(): 1 | 2 | 4 {
    return this.#keys.rows <= 256 ? 1 : this.#keys.rows <= 65_536 ? 2 : 4
  }

  writePrefix(out: ByteWriter): void {
    out.uint64(KEYS_VERSION)
  }

  writeTo(out: ByteWriter): void {
    if (this.rows === 0) return
    const width = this.#width()
    out.uint64((width === 1 ? 0 : width === 2 ? 1 : 2) | HAS_KEYS | NEW_DICTIONARY)
    out.uint64(this.#keys.rows)
    this.#keys.writeTo(out)
    out.uint64(this.rows)
    const indexes = this.#rows.subarray(0, this.rows)
    // Typed arrays convert number by number, truncating: exactly what is wanted.
    const narrow = width === 1 ? new Uint8Array(indexes) : width === 2 ? new Uint16Array(indexes) : indexes
    out.bytes(new Uint8Array(narrow.buffer, narrow.byteOffset, narrow.byteLength))
  }

  reset(): void {
    this.rows = 0
    this.#keys.reset()
    this.#index.clear()
    this.#last_text = null
    for (const word of this.#words) this.#of_word[word] = -1
    this.#words.length = 0
    // Index 0 stands for NULL where there is one.
    if (this.#nullable) this.#keys.appendDefault()
    if (this.#rows.byteLength > KEEP_BYTES_MAX) this.#rows = new Uint32Array(1_024)
  }
}

function grownFilled(old: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(Math.max(size, old.length * 2, 1_024)).fill(-1, old.length)
  grown.set(old)
  return grown
}

/** KeysSerializationVersion::SharedDictionariesWithAdditionalKeys. */
const KEYS_VERSION = 1
/** IndexesSerializationType: HasAdditionalKeysBit and NeedUpdateDictionary. */
const HAS_KEYS = 1 << 9
const NEW_DICTIONARY = 1 << 10

import type { Rejection } from '../../schemas/parse.ts'
import type { StreamKey } from '../../schemas/streams.ts'
import type { Words } from '../scan/words.ts'
import { missing } from './output.ts'
import type { FlatReader } from './reader.ts'
import { wordAt } from './values.ts'

/** What windows are keyed by, as small integers: one for each combination of the columns' values. */
export class Keys {
  private readonly columns: readonly Column[]
  private readonly reader: FlatReader
  private readonly words: Words
  /** Of more than one column: the words of each key, and its number by them. */
  private readonly combinations: (readonly number[])[] = []
  private readonly numbers = new Map<string, number>()

  constructor(by: readonly StreamKey[], reader: FlatReader, words: Words) {
    this.columns = by.map(({ field, join }) => ({ field: reader.numberOf(field), join, joined: new Int32Array(0) }))
    this.reader = reader
    this.words = words
  }

  /** The key of the record under the reader; -1 where a join has nothing for it, or what is wrong with it. */
  look(): number | Rejection {
    const { columns, reader, words } = this
    const found: number[] | undefined = columns.length === 1 ? undefined : []
    for (let n = 0; n < columns.length; n++) {
      const column = columns[n]!
      if (reader.places[column.field * 2] === -1) return missing(reader, column.field)
      const word = wordAt(reader, column.field, words)
      const key = column.join === undefined ? word : this.joined(column, word)
      if (key === -1) return -1
      if (found === undefined) return key
      found.push(key)
    }
    return this.combined(found!)
  }

  /** The key of labels that were read back. */
  keyOf(labels: readonly string[]): number {
    const words = labels.map((label) => this.words.ofText(label))
    return words.length === 1 ? words[0]! : this.combined(words)
  }

  labelsOf(key: number): string[] {
    const words = this.columns.length === 1 ? [key] : this.combinations[key]!
    return words.map((word) => this.words.textOf(word))
  }

  /** To be called when the words were cleared: keys given before mean nothing any more. */
  forget(): void {
    for (const column of this.columns) column.joined = new Int32Array(0)
    this.combinations.length = 0
    this.numbers.clear()
  }

  private combined(words: readonly number[]): number {
    const name = words.join()
    let key = this.numbers.get(name)
    if (key === undefined) {
      key = this.combinations.push(words) - 1
      this.numbers.set(name, key)
    }
    return key
  }

  /** Each word is looked up once. */
  private joined(column: Column, word: number): number {
    const known = column.joined[word]
    if (known !== undefined && known !== UNKNOWN) return known
    const text = column.join!.get(this.words.textOf(word))
    const joined = text === undefined ? -1 : this.words.ofText(text)
    if (word >= column.joined.length) {
      const grown = new Int32Array(Math.max(1_024, word * 2)).fill(UNKNOWN)
      grown.set(column.joined)
      column.joined = grown
    }
    column.joined[word] = joined
    return joined
  }
}

type Column = {
  readonly field: number
  readonly join: ReadonlyMap<string, string> | undefined
  /** By word: the word it is joined to, -1 for none. */
  joined: Int32Array
}

const UNKNOWN = -2

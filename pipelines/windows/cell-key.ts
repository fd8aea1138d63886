import { hash128 } from '../../schemas/hash.ts'
import { DIMENSIONS, type WindowSet } from '../../schemas/windows.ts'

/** What a cell is about, in every window set. */
export class CellKey {
  /** Values of DIMENSIONS in their order ('' where unknown), then currency and slice. */
  readonly labels: readonly string[]
  private readonly parts: (KeyPart | undefined)[]

  /** @param parts  by {@link kindOf} their sets, for whoever has made them already */
  constructor(labels: readonly string[], parts: (KeyPart | undefined)[] = []) {
    this.labels = labels
    this.parts = parts
  }

  /**
   * The part of it that a set has. Made once: a key serves as long as its owner keeps it.
   *
   * @param kind  {@link kindOf} the set
   */
  in(set: WindowSet, kind: number): KeyPart {
    let part = this.parts[kind]
    if (part === undefined) {
      const labels = placesOf(set).map((place) => this.labels[place]!)
      part = { labels, words: cellHash(labels), at: 0 }
      this.parts[kind] = part
    }
    return part
  }
}

export type KeyPart = {
  /** Values of the set's dimensions, in order; then currency and slice. */
  readonly labels: readonly string[]
  /** {@link cellHash} of them: four words from `at` on, since an array for each is most of a key's memory. */
  readonly words: Uint32Array
  readonly at: number
}

/**
 * The 128 bits that stand for a cell in its page and in its table. U+0000 is in none of the labels (the schemas refuse
 * it), so different cells have different texts.
 */
export function cellHash(labels: readonly string[]): Uint32Array {
  const words = new Uint32Array(4)
  hash128(hashOrder(labels).join('\0'), 0, words)
  return words
}

/** A hash as the store spells it. */
export function hashOfHex(text: string): Uint32Array {
  const bytes = new Uint8Array(16)
  bytes.set(Buffer.from(text, 'hex'))
  return new Uint32Array(bytes.buffer)
}

/** Currency and slice stand before the dimensions in what is hashed. */
export function hashOrder<T>(labels: readonly T[]): T[] {
  return [...labels.slice(-2), ...labels.slice(0, -2)]
}

/** Where the labels of a set are among those of a key. */
export function placesOf(set: WindowSet): readonly number[] {
  const { length } = DIMENSIONS
  return [...set.dimensions.map((name) => DIMENSIONS.indexOf(name)), length, length + 1]
}

/** Sets with the same dimensions share the parts of a key. */
export function kindOf(set: WindowSet): number {
  const spelled = set.dimensions.join()
  let kind = kinds.get(spelled)
  if (kind === undefined) {
    kind = kinds.size
    kinds.set(spelled, kind)
  }
  return kind
}

const kinds = new Map<string, number>()

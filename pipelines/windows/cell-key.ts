import { hash128 } from '../../schemas/hash.ts'
import { DIMENSIONS, type WindowSet } from '../../schemas/windows.ts'

/** What a cell is about, in every window set: values of DIMENSIONS in their order ('' where unknown), currency and slice. */
export class CellKey {
  readonly dimensions: readonly string[]
  readonly currency: string
  readonly slice: string
  private readonly parts: (KeyPart | undefined)[] = []

  constructor(dimensions: readonly string[], currency: string, slice: string) {
    this.dimensions = dimensions
    this.currency = currency
    this.slice = slice
  }

  /**
   * The part of it that a set has. Made once: a key serves as long as its owner keeps it.
   *
   * @param kind  {@link kindOf} the set
   */
  in(set: WindowSet, kind: number): KeyPart {
    let part = this.parts[kind]
    if (part === undefined) {
      const dimensions = set.dimensions.map((name) => this.dimensions[DIMENSIONS.indexOf(name)]!)
      part = {
        labels: [...dimensions, this.currency, this.slice],
        hash: cellHash(dimensions, this.currency, this.slice),
      }
      this.parts[kind] = part
    }
    return part
  }
}

export type KeyPart = {
  /** Values of the set's dimensions, in order; then currency and slice. */
  readonly labels: readonly string[]
  /** {@link cellHash} of them. */
  readonly hash: Uint32Array
}

/**
 * The 128 bits that stand for a cell in its page and in its table. U+0000 is in none of the parts (the schemas refuse
 * it), so different cells have different texts.
 */
export function cellHash(dimensions: readonly string[], currency: string, slice: string): Uint32Array {
  const words = new Uint32Array(4)
  hash128(`${currency}\0${slice}\0${dimensions.join('\0')}`, 0, words)
  return words
}

/** A hash as the store spells it. */
export function hashOfHex(text: string): Uint32Array {
  const bytes = new Uint8Array(16)
  bytes.set(Buffer.from(text, 'hex'))
  return new Uint32Array(bytes.buffer)
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

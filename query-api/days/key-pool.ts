import { KEY_FIELDS, type KeyLabels } from './page.ts'

/** Gives the same object for the same labels, so that it stands for them. */
export type KeyPool = {
  /** @param texts in the order of KEY_FIELDS */
  of(texts: readonly string[]): KeyLabels
  size(): number
}

export function keyPool(): KeyPool {
  const known = new Map<string, KeyLabels>()
  return {
    of(texts) {
      const id = texts.join('\0')
      let labels = known.get(id)
      if (labels === undefined) {
        labels = Object.fromEntries(KEY_FIELDS.map((name, i) => [name, texts[i]!])) as KeyLabels
        known.set(id, labels)
      }
      return labels
    },
    size: () => known.size,
  }
}

import type { FatigueModel } from './model.ts'

/** A model as a file holds it: everything that was learnt, and from what. */
export type WrittenModel = {
  readonly format: 1 | 2
  readonly version: number
  /** The files, by name and fingerprint. */
  readonly learnt_from: readonly { readonly file: string; readonly sha256: string }[]
  readonly command: string
  /** Of the code that learnt it; null where that is not under version control. */
  readonly commit: string | null
  readonly model: unknown
}

/** Of the file. Whatever is learnt otherwise, or from other data, is another version. */
export const MODEL_VERSION = 2

/**
 * The model as plain data for a file. Numbers in full: an age lies exactly on the edge of a tree, and would fall to its
 * other side. The edges of the histograms that trees were grown on are left out, since nothing grows any more.
 */
export function writeModel(model: FatigueModel, of: Omit<WrittenModel, 'format' | 'version' | 'model'>): string {
  const written = { format: 2 as const, version: MODEL_VERSION, ...of, model }
  return `${JSON.stringify(written, (key, value: unknown) => {
    if (key === 'edges') return []
    return value instanceof Float64Array ? [...value] : value
  })}\n`
}

/**
 * The model of a file that `writeModel` wrote. One of format 1 has no model without prices.
 *
 * @throws RangeError for another format
 */
export function readModel(written: WrittenModel): FatigueModel {
  const { format } = written
  if (format !== 1 && format !== 2) throw new RangeError(`a fatigue model of format ${String(format)}, not 1 or 2`)
  const model = written.model as Omit<FatigueModel, 'unpriced'> & {
    readonly unpriced?: FatigueModel['unpriced']
    readonly structure: { readonly prior: { readonly weights: number[] } }
  }
  const weights = Float64Array.from(model.structure.prior.weights)
  const structure = { ...model.structure, prior: { weights } }
  return { ...model, structure, unpriced: model.unpriced ?? null }
}

import type { FatigueModel } from './model.ts'
import written from './shipped.json' with { type: 'json' }
import { readModel, type WrittenModel } from './written-model.ts'

/**
 * The model that every installation begins with: learnt from simulated creatives (`shipped.json` says which, and by what
 * command), since no installation has enough onsets of its own on its first day.
 */
export function shippedModel(): { readonly name: string; readonly model: FatigueModel } {
  const file = written as WrittenModel
  return { name: `fatigue@${SERVED_VERSION}`, model: readModel(file) }
}

/** Of what is served: the second file that was learnt, corrected by what matures where it serves (`own-record.ts`). */
const SERVED_VERSION = 3

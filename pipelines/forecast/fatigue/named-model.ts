import type { FatigueModel } from '../../../models/fatigue/model.ts'

/** A model and the name under which its forecasts are kept: `fatigue@1`. */
export type NamedModel = { readonly name: string; readonly model: FatigueModel }

import { followDay, openAccount, type Structure } from './account.ts'
import { NODES } from './belief.ts'
import { type CreativeDay, type CreativeFate, idOf } from './day.ts'
import { FEATURES, featuresOf } from './features.ts'
import { isScored } from './first-alerts.ts'

/** Scored days of training creatives, by columns. */
export type Observations = {
  readonly count: number
  /** One row of `FEATURES` for each. */
  readonly features: Float64Array
  /** Structural chance of onset within each of `NODES` days. */
  readonly beliefs: Float64Array
  readonly ids: readonly string[]
  readonly accounts: readonly string[]
  readonly ages: Int32Array
  readonly days: Int32Array
  /** Days until onset; Infinity where none was seen. */
  readonly onset_in: Float64Array
  /** Days that were still seen afterwards. */
  readonly seen_for: Int32Array
}

export function observeTraining(
  accounts: ReadonlyMap<string, readonly (readonly CreativeDay[])[]>,
  fates: ReadonlyMap<string, CreativeFate>,
  structure: Structure,
): Observations {
  const features: number[] = []
  const beliefs: number[] = []
  const ids: string[] = []
  const names: string[] = []
  const ages: number[] = []
  const of_days: number[] = []
  const onset_in: number[] = []
  const seen_for: number[] = []
  for (const [name, days] of accounts) {
    const account = openAccount()
    for (const rows of days) {
      followDay(account, rows, structure, (row, creative, belief, market) => {
        const fate = fates.get(idOf(row))
        const { age } = creative
        if (fate === undefined || !isScored(age, fate)) return
        for (const feature of featuresOf(creative, belief, market)) features.push(feature)
        for (const chance of belief.cumulative) beliefs.push(chance)
        ids.push(idOf(row))
        names.push(name)
        ages.push(age)
        of_days.push(row.day)
        onset_in.push(fate.onset_age_2x === null ? Number.POSITIVE_INFINITY : fate.onset_age_2x - age)
        seen_for.push(Math.max(0, fate.end_day - 1 - fate.launch_day - age))
      })
    }
  }
  return {
    count: ids.length,
    features: checked(Float64Array.from(features), FEATURES.length),
    beliefs: checked(Float64Array.from(beliefs), NODES.length),
    ids,
    accounts: names,
    ages: Int32Array.from(ages),
    days: Int32Array.from(of_days),
    onset_in: Float64Array.from(onset_in),
    seen_for: Int32Array.from(seen_for),
  }
}

/** @throws RangeError when a value is not finite: a mistake of ours, not of the data */
function checked(values: Float64Array, width: number): Float64Array {
  const bad = values.findIndex((value) => !Number.isFinite(value))
  if (bad !== -1) throw new RangeError(`column ${bad % width} of row ${Math.floor(bad / width)} is ${values[bad]}`)
  return values
}

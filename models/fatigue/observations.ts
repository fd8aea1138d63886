import { followDay, openAccount, type Structure } from './account.ts'
import { type CreativeDay, type CreativeFate, idOf, LEVELS, type Level, onsetOf } from './day.ts'
import { FEATURES, featuresOf } from './features.ts'
import { isScored } from './first-alerts.ts'
import { NODES } from './reach.ts'

/** Scored days of training creatives for one level, by columns. */
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
): Readonly<Record<Level, Observations>> {
  const taken = { limited: noRows(), fatigued: noRows() }
  for (const [name, days] of accounts) {
    const account = openAccount()
    for (const rows of days) {
      followDay(account, rows, structure, (row, creative, belief, market) => {
        const fate = fates.get(idOf(row))
        const { age } = creative
        if (fate === undefined) return
        for (const level of LEVELS) {
          if (!isScored(age, fate, level)) continue
          const to = taken[level]
          const onset = onsetOf(fate, level)
          for (const feature of featuresOf(creative, belief, market, level)) to.features.push(feature)
          for (const chance of belief.onset[level].cumulative) to.beliefs.push(chance)
          to.ids.push(idOf(row))
          to.accounts.push(name)
          to.ages.push(age)
          to.days.push(row.day)
          to.onset_in.push(onset === null ? Number.POSITIVE_INFINITY : onset - age)
          to.seen_for.push(Math.max(0, fate.end_day - 1 - fate.launch_day - age))
        }
      })
    }
  }
  return { limited: columnsOf(taken.limited), fatigued: columnsOf(taken.fatigued) }
}

type Rows = {
  readonly features: number[]
  readonly beliefs: number[]
  readonly ids: string[]
  readonly accounts: string[]
  readonly ages: number[]
  readonly days: number[]
  readonly onset_in: number[]
  readonly seen_for: number[]
}

function noRows(): Rows {
  return { features: [], beliefs: [], ids: [], accounts: [], ages: [], days: [], onset_in: [], seen_for: [] }
}

function columnsOf(rows: Rows): Observations {
  return {
    count: rows.ids.length,
    features: checked(Float64Array.from(rows.features), FEATURES.length),
    beliefs: checked(Float64Array.from(rows.beliefs), NODES.length),
    ids: rows.ids,
    accounts: rows.accounts,
    ages: Int32Array.from(rows.ages),
    days: Int32Array.from(rows.days),
    onset_in: Float64Array.from(rows.onset_in),
    seen_for: Int32Array.from(rows.seen_for),
  }
}

/** @throws RangeError when a value is not finite: a mistake of ours, not of the data */
function checked(values: Float64Array, width: number): Float64Array {
  const bad = values.findIndex((value) => !Number.isFinite(value))
  if (bad !== -1) throw new RangeError(`column ${bad % width} of row ${Math.floor(bad / width)} is ${values[bad]}`)
  return values
}

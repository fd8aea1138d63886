import { followDay, openAccount, type Structure } from './account.ts'
import { evidence } from './channel.ts'
import type { Creative } from './creative.ts'
import { CONFIRM_DAYS, type CreativeDay, type CreativeFate, FATIGUED, idOf, LIMITED } from './day.ts'
import type { Loadings } from './loadings.ts'
import {
  CLASSES,
  flatPrior,
  OF_AGE,
  OF_EXPOSURE,
  OF_NONE,
  OF_SLUMP,
  type Prior,
  priorFrom,
  slumpShare,
  slumpsAfter,
} from './prior.ts'
import { AGE_SIZES, EXPOSURE_SIZES, FIRST_SLUMP, SLUMP_AGES, SLUMP_SIZES, slumpReaches, slumpsSeen } from './shapes.ts'

/**
 * Learns how creatives wear out by expectation and maximisation: each training creative, its whole life and what became
 * of it known, is shared among the explanations by Bayes' rule, and the shares are the next prior.
 */
export function learnPrior(
  accounts: ReadonlyMap<string, readonly (readonly CreativeDay[])[]>,
  fates: ReadonlyMap<string, CreativeFate>,
  loadings: Loadings,
): Prior {
  const lives = [...accounts].flatMap(([name, days]) => livesOf(name, days, fates, { prior: flatPrior(), loadings }))
  let prior = flatPrior()
  for (let round = 0; round < ROUNDS; round++) {
    const counts = new Float64Array(CLASSES).fill(LEAST_COUNT)
    for (const life of lives) share(life, prior, loadings, counts)
    prior = priorFrom(counts)
  }
  return prior
}

const ROUNDS = 6
/** So that nothing is impossible. */
const LEAST_COUNT = 0.3

type Life = { readonly creative: Creative; readonly fate: CreativeFate; readonly log_exposures: readonly number[] }

/** Follows an account to its end. The prior matters little here: only the market index depends on it. */
function livesOf(
  name: string,
  days: readonly (readonly CreativeDay[])[],
  fates: ReadonlyMap<string, CreativeFate>,
  structure: Structure,
): Life[] {
  const account = openAccount()
  const exposures = new Map<string, number[]>()
  for (const rows of days) {
    followDay(account, rows, structure, ({ creative: id }, creative) => {
      const list = exposures.get(id) ?? []
      list[creative.age] = creative.recent_log_exposures.at(-1)!
      exposures.set(id, list)
    })
  }
  return [...account.creatives].flatMap(([id, creative]) => {
    const fate = fates.get(idOf({ account: name, creative: id }))
    return fate === undefined ? [] : [{ creative, fate, log_exposures: exposures.get(id)! }]
  })
}

function share(life: Life, prior: Prior, loadings: Loadings, counts: Float64Array): void {
  const { creative, fate } = life
  const { weights } = prior
  const items: { class: number; log: number }[] = []
  const weigh = (shape: number, at: number, size: number, share_log: number, reaches: (level: number) => number) => {
    const clicks = evidence(creative.clicks, loadings.clicks, shape)
    const hooks = evidence(creative.hooks, loadings.hooks, shape)
    const costs = evidence(creative.costs, -loadings.costs, shape)
    const square = clicks.square + hooks.square + costs.square
    const log = (clicks.linear + hooks.linear + costs.linear) * size - 0.5 * square * size * size
    items.push({ class: at, log: Math.log(weights[at]!) + share_log + log + agreement(fate, creative.age, reaches) })
  }
  EXPOSURE_SIZES.forEach((size, i) => {
    weigh(0, OF_EXPOSURE + i, size, 0, (level) => firstAbove(life, level / size))
  })
  AGE_SIZES.forEach((size, i) => {
    weigh(1, OF_AGE + i, size, 0, (level) => 3 + level / size)
  })
  const seen = slumpsSeen(creative.age)
  for (let slot = 0; slot < seen; slot++) {
    SLUMP_SIZES.forEach((size, i) => {
      const reaches = (level: number) => slumpReaches(level, size, SLUMP_AGES[slot]!)
      weigh(FIRST_SLUMP + slot, OF_SLUMP + i, size, Math.log(slumpShare(slot)), reaches)
    })
  }
  const never = agreement(fate, creative.age, () => Number.POSITIVE_INFINITY)
  items.push({ class: OF_NONE, log: Math.log(weights[OF_NONE]!) + never })
  const slumps_left = Math.log(slumpsAfter(seen))
  for (let i = OF_SLUMP; i < OF_NONE; i++) items.push({ class: i, log: Math.log(weights[i]!) + slumps_left + never })

  const greatest = Math.max(...items.map(({ log }) => log))
  let total = 0
  for (const { log } of items) total += Math.exp(log - greatest)
  for (const item of items) counts[item.class]! += Math.exp(item.log - greatest) / total
}

/** Age at which log exposure is so far above that of the first days. */
function firstAbove({ creative, log_exposures }: Life, gain: number): number {
  for (let age = 7; age < log_exposures.length; age++) {
    if ((log_exposures[age] ?? Number.NEGATIVE_INFINITY) - creative.best_log_exposure >= gain) return age
  }
  return Number.POSITIVE_INFINITY
}

/** Log likelihood of what became of a creative when an explanation says at which age it reached a level. */
function agreement(fate: CreativeFate, last_age: number, reaches: (level: number) => number): number {
  return (
    agrees(fate.onset_age_2x, reaches(FATIGUED), last_age) + agrees(fate.onset_age_1p5x, reaches(LIMITED), last_age)
  )
}

function agrees(onset: number | null, reached: number, last_age: number): number {
  const said = reached + CONFIRM_DAYS
  if (onset === null) return said > last_age ? 0 : -Math.min(6, 1 + (last_age - said) / 2)
  const deviation = Math.max(1.5, 0.08 * onset)
  return said === Number.POSITIVE_INFINITY ? -40 : -Math.min(40, 0.5 * ((said - onset) / deviation) ** 2)
}

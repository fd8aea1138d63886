import { logSumExp } from '../math/log-sum-exp.ts'
import {
  type Behaviour,
  FACT_BY_CHANCE,
  FACTS,
  type Fact,
  type NamedClass,
  SAID_BY,
  SIGNALS,
  SIGNATURES,
  type Signal,
  type Signature,
} from './signatures.ts'

/** What is known of an alert. Whatever is left out is not known, and speaks neither for nor against any cause. */
export type Situation = {
  readonly signals: Readonly<Partial<Record<Signal, Moved>>>
  readonly facts: Readonly<Partial<Record<Fact, boolean>>>
}

/** Sums over the time of the alert, and the variance of the observed one when nothing is wrong. */
export type Moved = { readonly observed: number; readonly expected: number; readonly variance: number }

export type CauseClass = NamedClass | 'unknown'

export type Classified = {
  /** The likeliest class, `unknown` unless it is likelier than all others together. */
  readonly cause: CauseClass
  readonly posterior: Readonly<Record<CauseClass, number>>
  /** What speaks most for the answer, or against it (below 0), in nats against "any cause whatever"; largest first. */
  readonly evidence: readonly { readonly of: Signal | Fact; readonly nats: number }[]
}

/**
 * The class of cause behind an alert: naive Bayes over signatures, in which each signal is still, down, up or moved by
 * an unknown amount, each fact holds as often as the class makes it hold, and what is said by another signal is not
 * counted twice. Any class may turn out to be none of them:
 * `unknown` lets every signal do anything, and wins when no signature fits.
 */
export function classify(situation: Situation): Classified {
  const parts = new Map(NAMED.map((name) => [name, partsOf(SIGNATURES[name], situation)]))
  const logs = NAMED.map((name) => parts.get(name)!.reduce((sum, { nats }) => sum + nats, 0))
  // Before anything is known, every class is as likely as any other, and "unknown" is one of them: ln 1.
  const all = [...logs, 0]
  const total = logSumExp(all)
  const shares = all.map((log) => Math.exp(log - total))
  const classes: readonly CauseClass[] = [...NAMED, 'unknown']
  const posterior = Object.fromEntries(classes.map((name, k) => [name, shares[k]!])) as Record<CauseClass, number>
  const cause = classes.find((name) => posterior[name] > 0.5) ?? 'unknown'
  const evidence = cause === 'unknown' ? [] : parts.get(cause)!
  return { cause, posterior, evidence: evidence.toSorted((a, b) => Math.abs(b.nats) - Math.abs(a.nats)) }
}

const NAMED = Object.keys(SIGNATURES) as NamedClass[]
/**
 * Standard deviation of ln(observed / expected) that forecasts have on top of counting. What a day does to all counts it
 * does not do to what one of them is of another.
 */
const FORECAST_OFF = 0.07
const RATIO_OFF = 0.04
const RATIOS: ReadonlySet<Signal> = new Set(Object.values(SAID_BY))

/** Per signal and fact: ln of how much likelier it is under the signature than under `unknown`. */
function partsOf({ signals, facts }: Signature, situation: Situation) {
  const fromSignals = SIGNALS.flatMap((of) => {
    const moved = situation.signals[of]
    if (moved === undefined || moved.expected <= 0 || signals[of] === 'any') return []
    const off = RATIOS.has(of) ? RATIO_OFF : FORECAST_OFF
    const said = SAID_BY[of]
    if (said !== undefined && situation.signals[said] !== undefined) return []
    return [{ of, nats: Math.log(likelihood(signals[of], moved, off) / likelihood('any', moved, off)) }]
  })
  const fromFacts = FACTS.flatMap((of) => {
    const holds = situation.facts[of]
    const often = facts[of]
    if (holds === undefined || often === undefined) return []
    const chance = FACT_BY_CHANCE[of]
    return [{ of, nats: Math.log(holds ? often / chance : (1 - often) / (1 - chance)) }]
  })
  return [...fromSignals, ...fromFacts]
}

/** Density of the observed sum, up to a factor that is the same for every behaviour. */
function likelihood(behaviour: Behaviour, moved: Moved, off: number): number {
  switch (behaviour) {
    case 'still':
      return density(moved, 1, off)
    case 'down':
      return averaged(moved, DOWN, off)
    case 'up':
      return averaged(moved, UP, off)
    case 'moves':
      return (averaged(moved, DOWN, off) + averaged(moved, UP, off)) / 2
    case 'sags':
      return (density(moved, 1, off) + averaged(moved, DOWN, off)) / 2
    case 'any':
      return 0.5 * density(moved, 1, off) + 0.25 * averaged(moved, DOWN, off) + 0.25 * averaged(moved, UP, off)
  }
}

/** Factors by which a cause may move a sum, equally likely. */
const DOWN = [0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
const UP = [1.1, 1.2, 1.35, 1.5, 1.75, 2, 2.5, 3, 4, 6]

function averaged(moved: Moved, factors: readonly number[], off: number): number {
  return factors.reduce((sum, factor) => sum + density(moved, factor, off), 0) / factors.length
}

/** Normal, with a floor: an observation that fits nothing speaks against nothing for ever. */
function density({ observed, expected, variance }: Moved, factor: number, off: number): number {
  const mean = expected * factor
  const spread = Math.sqrt(variance * Math.max(factor, 1 / Math.max(1, expected)) + (off * mean) ** 2)
  const z = (observed - mean) / spread
  return Math.exp(-0.5 * z * z) / spread + 1e-6 / expected
}

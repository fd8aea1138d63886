import type { Creative } from './creative.ts'
import { CONFIRM_DAYS } from './day.ts'
import { logExposure, projectedLogExposure } from './exposure.ts'
import { slumpReaches } from './shapes.ts'

/** Days ahead at which the chance of onset is worked out. */
export const NODES: readonly number[] = [3, 7, 10, 14, 17, 21]

/** How far a unit of size has gone two days before today and before each node: logs, by exposure and by age. */
export type Gains = { readonly exposure: Float64Array; readonly age: Float64Array }

export function openGains(): Gains {
  return { exposure: new Float64Array(NODES.length + 1), age: new Float64Array(NODES.length + 1) }
}

/** Impressions are taken to go on as in the last week. */
export function gainsOf(creative: Creative, into: Gains): Gains {
  const { age, best_log_exposure, exposure, recent_impressions, recent_log_exposures } = creative
  const a_day = meanOf(recent_impressions)
  for (let node = 0; node <= NODES.length; node++) {
    const ahead = (node === 0 ? 0 : NODES[node - 1]!) - CONFIRM_DAYS
    const log_exposure =
      ahead > 0
        ? projectedLogExposure(exposure, a_day, ahead)
        : ahead === 0
          ? logExposure(exposure)
          : recent_log_exposures[0]!
    into.exposure[node] = logOf(log_exposure - best_log_exposure)
    into.age[node] = logOf(age + ahead - BEST_MIDDLE)
  }
  return into
}

/** Middle of the days that are the best ones. */
export const BEST_MIDDLE = 3

/**
 * Chances that a shape of this size has come to the level by today and by each node.
 *
 * @param gains logs, of `gainsOf`
 * @param log_needed log of level over size
 * @param soft deviation of the log of when, since no creative is exactly its curve
 */
export function chancesOf(gains: Float64Array, log_needed: number, soft: number, into: Float64Array): Float64Array {
  for (let node = 0; node <= NODES.length; node++) into[node] = logistic((gains[node]! - log_needed) / soft)
  return into
}

/** The same of a slump around `middle`. */
export function slumpChances(age: number, level: number, size: number, middle: number, into: Float64Array) {
  const onset = slumpReaches(level, size, middle) + CONFIRM_DAYS
  for (let node = 0; node <= NODES.length; node++) {
    const ahead = node === 0 ? 0 : NODES[node - 1]!
    into[node] = onset === Number.POSITIVE_INFINITY ? 0 : logistic((age + ahead + 0.5 - onset) / SOFT_SLUMP_DAYS)
  }
  return into
}

const SOFT_SLUMP_DAYS = 0.8

export function meanOf(values: readonly number[]): number {
  let sum = 0
  for (const value of values) sum += value
  return values.length === 0 ? 0 : sum / values.length
}

function logOf(ratio: number): number {
  return ratio > 0 ? Math.log(ratio) : Number.NEGATIVE_INFINITY
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x))
}

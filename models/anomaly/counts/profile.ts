import { dispersionOf, EXPOSURES, type Parent, SEASON_SLOTS, seasonOf } from './expectation.ts'

/** What the children of a series start from: its own profile of the week, as far as it is known, with mean 1. */
export function profileOf(memory: Float32Array, at: number, parent: Parent): Parent {
  const season = new Float64Array(SEASON_SLOTS)
  let sum = 0
  for (let slot = 0; slot < SEASON_SLOTS; slot++) {
    season[slot] = seasonOf(memory, at, slot, parent)
    sum += season[slot]!
  }
  const mean = sum / SEASON_SLOTS
  for (let slot = 0; slot < SEASON_SLOTS; slot++) season[slot]! /= mean
  return { season, dispersion: dispersionOf(memory, at, parent) }
}

/**
 * What a series without a parent starts its week from: its own profile of the day, every day of the week alike. Seven
 * times as many counts stand behind each of its hours.
 *
 * @param season is written, and is that of the answer
 */
export function dayProfileOf(
  memory: Float32Array,
  at: number,
  parent: Parent,
  season: Float64Array = new Float64Array(SEASON_SLOTS),
): Parent {
  // Asked for at every bucket of a series without a parent: loops, for `from` with a function takes ten times as long.
  let sum = 0
  for (let hour = 0; hour < HOURS; hour++) {
    let counts = DAY_PRIOR
    let exposures = DAY_PRIOR
    for (let slot = hour; slot < SEASON_SLOTS; slot += HOURS) {
      counts += memory[at + slot]!
      exposures += memory[at + EXPOSURES + slot]!
    }
    season[hour] = counts / exposures
    sum += season[hour]!
  }
  const mean = sum / HOURS
  // From the last on, for the first day is what all days are made of.
  for (let slot = SEASON_SLOTS - 1; slot >= 0; slot--) season[slot] = season[slot % HOURS]! / mean
  return { season, dispersion: parent.dispersion }
}

const HOURS = 24
/** In counts: an hour of which nothing is known is like the others. */
const DAY_PRIOR = 1

import { cumulative } from './random.ts'
import type { WorldSpec } from './spec.ts'
import { dayText, weekday } from './time.ts'

/** Share of a day's business by local hour; people shop in the evening. Sums to 1. */
export const HOUR_SHARE: readonly number[] = normalised([
  16, 10, 7, 5, 5, 8, 16, 28, 40, 49, 54, 58, 62, 60, 57, 55, 56, 60, 66, 74, 80, 74, 52, 30,
])
export const HOUR_TABLE = cumulative(HOUR_SHARE)

/** Factor on demand of a local day: weekday and, for its country, holidays. */
export function demand(spec: WorldSpec, day: number, country: string): number {
  let factor = spec.weekday[weekday(day)]!
  for (const holiday of spec.holidays) {
    if (holiday.day === day && holiday.country === country) factor *= 1 + holiday.lift
  }
  return factor
}

/** "2025-06" */
export function monthOf(day: number): string {
  return dayText(day).slice(0, 7)
}

function normalised(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

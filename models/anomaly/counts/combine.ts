import { TESTS } from './evidence.ts'
import { ORDINARY_P } from './ordinary.ts'
import { CALIBRATION_REALS, fade, recalibrated, remember } from './recalibrate.ts'

/** Means at which another law's errors prevail: what is off at one count an hour is not off at a thousand. */
const BANDS = [1, 5, 30, 200] as const

/** The pasts of a family's p-values: for each test and each band of means. */
export type Calibration = readonly (readonly Float64Array[])[]

export function makeCalibration(): Calibration {
  return Array.from({ length: TESTS }, () =>
    Array.from({ length: BANDS.length + 1 }, () => new Float64Array(CALIBRATION_REALS)),
  )
}

/**
 * One p-value for a series and a tick: the smallest of its tests as the family's past corrects them, times how many were
 * made (Bonferroni, since they share their data).
 *
 * @param p_values as `testBucket` wrote them, or the first of them
 */
export function combined(p_values: ArrayLike<number>, mean: number, calibration: Calibration): number {
  const band = bandOf(mean)
  let least = 1
  let made = 0
  for (let test = 0; test < p_values.length; test++) {
    const p = p_values[test]!
    if (Number.isNaN(p)) continue
    made++
    least = Math.min(least, recalibrated(p, calibration[test]![band]!))
  }
  return Math.min(1, made * least)
}

/** The p-values of one tick and family, to be remembered together. */
export type Heard = { readonly made: Float64Array; readonly small: readonly number[][] }

export function nothingHeard(): Heard {
  const places = TESTS * (BANDS.length + 1)
  return { made: new Float64Array(places), small: Array.from({ length: places }, () => []) }
}

/** To be called for each series of a tick. */
export function hear(p_values: ArrayLike<number>, mean: number, { made, small }: Heard): void {
  const band = bandOf(mean)
  for (let test = 0; test < TESTS; test++) {
    const p = p_values[test]!
    if (Number.isNaN(p)) continue
    const place = test * (BANDS.length + 1) + band
    made[place]!++
    if (p < ORDINARY_P) small[place]!.push(p)
  }
}

/** To be called after all series of the tick have been combined. */
export function rememberAll({ made, small }: Heard, calibration: Calibration): void {
  for (const [test, bands] of calibration.entries()) {
    for (const [band, past] of bands.entries()) {
      const place = test * (BANDS.length + 1) + band
      if (made[place]! > 0) remember(small[place]!, made[place]!, past)
    }
  }
}

export function fadeAll(calibration: Calibration, keeps: number): void {
  for (const bands of calibration) for (const past of bands) fade(past, keeps)
}

function bandOf(mean: number): number {
  let band = 0
  while (band < BANDS.length && mean >= BANDS[band]!) band++
  return band
}

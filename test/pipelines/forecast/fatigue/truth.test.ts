import { expect, test } from 'vitest'
import type { Label } from '../../../../models/fatigue/labels.ts'
import { truthOf } from '../../../../pipelines/forecast/fatigue/truth.ts'

/** Launched on day 100, running until day 199 and measured to the end, limited on day 130, never fatigued. */
const LABEL: Label = {
  ...{ account: 'a', creative: 'c', launch_day: 100, end_day: 200, measured_to: 199 },
  ...{ onset_age_1p5x: 30, onset_age_2x: null },
}

const CASES: readonly [string, Partial<Label> | undefined, string, number, number, number | null][] = [
  ['came on the last day of the horizon', {}, 'limited', 116, 14, 1],
  ['came a day after the horizon', {}, 'limited', 115, 14, 0],
  ['came on the first day', {}, 'limited', 129, 7, 1],
  ['had come on the origin', {}, 'limited', 130, 14, null],
  ['did not come', {}, 'fatigued', 130, 14, 0],
  ['was stopped within the horizon', { end_day: 125, onset_age_1p5x: null }, 'limited', 120, 14, 0],
  ['has too few results to say', { measured_to: 110 }, 'fatigued', 120, 14, null],
  ['has none at all', { measured_to: null }, 'fatigued', 120, 14, null],
  ['is not known', undefined, 'limited', 120, 14, null],
]

test.each(CASES)('%s', (_, label, metric, origin, horizon_days, truth) => {
  const whole = label === undefined ? undefined : { ...LABEL, ...label }
  expect(truthOf(whole, metric, { origin, horizon_days })).toBe(truth)
})

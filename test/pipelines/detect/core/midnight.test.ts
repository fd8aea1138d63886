import { expect, test } from 'vitest'
import type { Incident } from '../../../../pipelines/detect/core/incident.ts'
import { renewalOf } from '../../../../pipelines/detect/core/midnight.ts'
import { HOUR_MS } from '../../../../schemas/zone.ts'

/** An incident that began at noon in Berlin, on the day before its clocks were set forward, with what came of 100 an hour. */
const NOON_MS = Date.UTC(2026, 2, 28, 11)
function incidentOf(observed: readonly number[], direction: Incident['direction'] = 'down'): Incident {
  const buckets = observed.map((count, n) => ({ start_ms: NOON_MS + n * HOUR_MS, observed: count, expected: 100 }))
  return { onset_ms: NOON_MS, direction, buckets } as unknown as Incident
}
const hours = (count: number, each: number): number[] => Array.from({ length: count }, () => each)
const back = (observed: readonly number[], zone = 'Europe/Berlin') =>
  renewalOf(incidentOf(observed), zone).back_at_midnight

test.each([
  ['came back at midnight', [...hours(12, 0), ...hours(2, 95)], true],
  ['came back an hour after it, but for the first', [...hours(12, 30), 40, ...hours(3, 100)], true],
  ['midnight changed nothing', [...hours(12, 30), ...hours(2, 35)], undefined],
  ['no midnight has passed', hours(12, 0), undefined],
  ['it was back in the evening', [...hours(6, 0), ...hours(8, 100)], undefined],
  ['it is too little to tell by an hour', [...hours(12, 70), 100], undefined],
])('%s', (_, observed, wanted) => {
  expect(back(observed)).toBe(wanted)
})

test('midnight is that of the account', () => {
  const observed = [...hours(12, 0), ...hours(8, 100)]
  expect(back(observed)).toBe(true)
  expect(back(observed, 'America/New_York')).toBeUndefined()
  expect(back([...hours(17, 0), ...hours(3, 100)], 'America/New_York')).toBe(true)
  expect(renewalOf(incidentOf(observed), undefined)).toEqual({})
  expect(renewalOf(incidentOf(observed, 'up'), 'Europe/Berlin')).toEqual({})
})

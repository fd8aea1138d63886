import { expect, test } from 'vitest'
import type { Sums, Tick } from '../../../../pipelines/detect/core/closed-bucket.ts'
import { loadState, saveState } from '../../../../pipelines/detect/core/save.ts'
import { HOUR_MS } from '../../../../schemas/zone.ts'
import { adWorld, BEGIN_MS, play } from '../support/ad-world.ts'

const LEARNT = 21 * 24
const NOW = LEARNT + 17
const GROUPS = 4
const world = adWorld(9, NOW + 6)
const before = saveState(play(world.slice(0, NOW * GROUPS)).state)

/** What is told when the hours from 12 to 16 of a platform are other ones when that from 17 to 18 is judged. */
function tell(group: string, change: (sums: Sums) => Sums) {
  const restated = world
    .filter((tick) => tick.group === group && tick.start_ms < BEGIN_MS + NOW * HOUR_MS)
    .slice(-11)
    .map(({ start_ms, sums }) => ({
      start_ms,
      sums: new Map(
        [...sums].map(([scope, counts]) => [scope, isChanged(start_ms) ? change(counts) : counts] as const),
      ),
    }))
  const ticks = world.slice(NOW * GROUPS).map((tick): Tick => {
    return tick.group === group && tick.start_ms === BEGIN_MS + NOW * HOUR_MS ? { ...tick, restated } : tick
  })
  return play(ticks, loadState(before)!)
}

function isChanged(start_ms: number): boolean {
  const hour = (start_ms - BEGIN_MS) / HOUR_MS
  return hour >= LEARNT + 12 && hour < LEARNT + 16
}

test('hours that are restated to half of what they were are one incident, that is over by itself', () => {
  const half = (count = 0) => Math.round(count / 2)
  const { incidents, lines } = tell('meta', (sums) => ({
    ...sums,
    clicks: half(sums.clicks),
    impressions: half(sums.impressions),
  }))
  expect(lines).toEqual([
    `${NOW} opened impressions ["meta"] since ${LEARNT + 12}`,
    expect.stringMatching(`ended impressions \\["meta"\\] since ${LEARNT + 12}`),
  ])
  expect(incidents[0]).toMatchObject({
    direction: 'down',
    opened_ms: BEGIN_MS + (NOW + 1) * HOUR_MS,
    abnormal_ms: BEGIN_MS + (LEARNT + 16) * HOUR_MS,
    ending: 'back_to_normal',
  })
})

test('conversions that come in later are no news, those that are taken back are', () => {
  const times = (factor: number) =>
    tell('meta', (sums) => ({ ...sums, conversions: Math.round((sums.conversions ?? 0) * factor) })).lines
  expect(times(1.6)).toEqual([])
  expect(times(0.3)[0]).toBe(`${NOW} opened conversions ["meta"] since ${LEARNT + 12}`)
})

test('orders that come late are more than there were', () => {
  expect(tell('the shop', (sums) => ({ orders: 3 * (sums.orders ?? 0) })).lines[0]).toMatch(/opened orders \[\] since/)
})

test('hours that are as they were leave no trace', () => {
  const same = tell('meta', (sums) => sums)
  const never = play(world.slice(NOW * GROUPS), loadState(before)!)
  expect(same.lines).toEqual([])
  expect(saveState(same.state)).toBe(saveState(never.state))
})

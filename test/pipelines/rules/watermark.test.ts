import { expect, it } from 'vitest'
import { closedTo, type Speakers, watermarkOf } from '../../../pipelines/rules/watermark.ts'
import { DAY_MS, HOUR_MS } from '../../../schemas/zone.ts'

const NOON = Date.parse('2026-01-05T12:00:00Z')
const marks = new Map([
  ['shopify', NOON],
  ['meta_ads', NOON - HOUR_MS],
  ['tiktok_ads', NOON - 3 * HOUR_MS],
  ['fx', NOON - 12 * HOUR_MS],
  ['old_ads', NOON - 3 * DAY_MS],
])
const speakers: Speakers = {
  shop: new Set(['shopify']),
  delivery: [
    { platform: 'meta', source: 'meta_ads' },
    { platform: 'tiktok', source: 'tiktok_ads' },
    { platform: 'old', source: 'old_ads' },
  ],
}
const behind = (metric: string, scope: Record<string, string> = {}) =>
  (NOON - watermarkOf(marks, speakers, { metric, scope })!.all_ms) / HOUR_MS

it.each([
  ['orders', {}, 0],
  ['aov', {}, 0],
  ['orders', { platform: 'tiktok' }, 0],
  ['clicks', {}, 3],
  ['cpm', { platform: 'meta' }, 1],
  // The shop's revenue for what was spent.
  ['mer', {}, 3],
  // It was silent for so long that nobody waits for it: that it says nothing is the news.
  ['clicks', { platform: 'old' }, 0],
])('%s of %j waits for those who speak of it: %i hours', (metric, scope, hours) => {
  expect(behind(metric, scope)).toBe(hours)
})

it('waits for everybody where nobody is known to speak of it, and has no mark where nothing was read', () => {
  const nobody: Speakers = { shop: new Set(), delivery: [] }
  expect(watermarkOf(marks, nobody, { metric: 'orders', scope: {} })!.all_ms).toBe(NOON - 12 * HOUR_MS)
  expect(watermarkOf(marks)).toEqual({ newest_ms: NOON, all_ms: NOON - 12 * HOUR_MS })
  expect(watermarkOf(new Map(), speakers, { metric: 'orders', scope: {} })).toBeUndefined()
})

it('a day is over when it is in the last of the zones', () => {
  expect(closedTo('day', { all_ms: NOON, newest_ms: NOON })).toBe(NOON - 12 * HOUR_MS)
  expect(closedTo('day', { all_ms: NOON - 1, newest_ms: NOON })).toBe(NOON - 36 * HOUR_MS)
  expect(closedTo('hour', { all_ms: NOON + 1, newest_ms: NOON })).toBe(NOON)
})

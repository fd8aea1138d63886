import { describe, expect, test } from 'vitest'
import { drawBeta, drawBinomial, drawNormal } from '../../../../models/math/draw.ts'
import { seeded } from '../../../../models/math/random.ts'
import type { Sums, Tick } from '../../../../pipelines/detect/core/closed-bucket.ts'
import { shareP, testRate } from '../../../../pipelines/detect/core/rates.ts'
import { loadState, saveState } from '../../../../pipelines/detect/core/save.ts'
import { COMMERCE, METRICS, type Metric, scopeKey, seriesKey } from '../../../../pipelines/detect/core/scope.ts'
import { SeriesBook } from '../../../../pipelines/detect/core/series.ts'
import { newTenantState } from '../../../../pipelines/detect/core/state.ts'
import { HOUR_MS } from '../../../../schemas/zone.ts'
import { adWorld, BEGIN_MS, play } from '../support/ad-world.ts'

const CAMPAIGN = scopeKey({ platform: 'meta', account: 'a', campaign: 'c' })
const NEWEST = 1_000

/** Twelve hours of a scope, of each count what was expected, times what is given. */
function hours(scope: string, factors: Partial<Record<Metric, number>>) {
  const book = new SeriesBook()
  const usual = { impressions: 20_000, clicks: 400, conversions: 8 }
  for (const [metric, count] of Object.entries(usual) as [Metric, number][]) {
    const at = book.placeOf(seriesKey(metric, scope))
    for (let bucket = NEWEST - 11; bucket <= NEWEST; bucket++) {
      book.note(at, bucket, Math.round(count * (factors[metric] ?? 1)), count)
    }
  }
  const pOf = (metric: Metric) => testRate(book, book.seriesOf(scope), METRICS.indexOf(metric), NEWEST, 0.5)
  return { book, pOf }
}

describe('what a count is of another', () => {
  test('is as usual when both fall alike, however much', () => {
    const { pOf } = hours(CAMPAIGN, { impressions: 0.6, clicks: 0.6 })
    expect([...pOf('clicks')!.subarray(0, 3)]).toEqual([1, 1, 1])
  })

  test('is plain when one of them falls by a fifth', () => {
    const { pOf } = hours(CAMPAIGN, { clicks: 0.8 })
    const [alone, , eight] = pOf('clicks')!
    expect(alone).toBeGreaterThan(1e-4)
    expect(eight).toBeLessThan(1e-5)
  })

  test('and when more are shown for as many clicks', () => {
    const { pOf } = hours(CAMPAIGN, { impressions: 1.4 })
    expect(pOf('clicks')![2]).toBeLessThan(1e-6)
  })

  test('is told of sums alone where there is little of it, and of nothing where there is next to none', () => {
    const { pOf } = hours(CAMPAIGN, { conversions: 0.25 })
    const [alone, three, eight] = pOf('conversions')!
    expect(alone).toBeNaN()
    expect(three).toBeLessThan(0.02)
    expect(eight).toBeLessThan(1e-6)
    expect(shareP(0, 400, 5, 0.5)).toBeNaN()
    // Who only saw the ad may buy, too: then conversions are no share of clicks.
    expect(shareP(500, 400, 100, 0.5)).toBeNaN()
  })

  test('is asked of campaigns only, and no sum of it reaches into an incident that is over', () => {
    expect(hours(scopeKey({ platform: 'meta' }), { clicks: 0.5 }).pOf('clicks')).toBeNull()
    expect(hours(CAMPAIGN, {}).pOf('impressions')).toBeNull()
    const { book, pOf } = hours(CAMPAIGN, { clicks: 0.5 })
    book.forget(book.placeOf(seriesKey('clicks', CAMPAIGN)), NEWEST - 3, NEWEST - 2)
    expect([...pOf('clicks')!.subarray(0, 3)].map(Number.isNaN)).toEqual([false, true, true])
  })
})

/** Three weeks of ad accounts that have luck of a tenth and more every six hours, and a campaign that loses clicks in the end. */
function tiredCampaign(hours: number, from: number, part: number): Tick[] {
  const random = seeded(5)
  const luck = new Map<string, number>()
  return adWorld(5, hours).map((tick) => {
    if (tick.group === COMMERCE) return tick
    const hour = (tick.start_ms - BEGIN_MS) / HOUR_MS
    const spell = `${tick.group} ${Math.floor(hour / 6)}`
    const factor = luck.get(spell) ?? Math.exp(0.12 * drawNormal(random))
    luck.set(spell, factor)
    const scale = (counts: Sums): Sums =>
      Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, Math.round(count * factor)]))
    const sums = new Map([...tick.sums].map(([scope, counts]) => [scope, scale(counts)] as const))
    if (tick.group !== 'meta' || hour < from) return { ...tick, sums }
    const [tired, whole] = [sums.get(TIRED)!, sums.get(META)!]
    const clicks = Math.round(tired.clicks! * part)
    sums.set(META, { ...whole, clicks: whole.clicks! - tired.clicks! + clicks })
    return { ...tick, sums: sums.set(TIRED, { ...tired, clicks }) }
  })
}

const META = scopeKey({ platform: 'meta' })
const TIRED = scopeKey({ platform: 'meta', account: 'a', campaign: 'meta-0' })

test('a click rate that falls is found in three hours though clicks come and go, and lasts as long as it does', () => {
  const from = 20 * 24 + 9
  const { incidents, lines } = play(tiredCampaign(from + 36, from, 0.7))
  const [opened, ...more] = lines.filter((line) => Number.parseInt(line, 10) >= from)
  expect(opened).toMatch(/ opened clicks \["meta","a","meta-0"\] since/)
  expect(Number.parseInt(opened!, 10)).toBeLessThan(from + 3)
  expect(more).toEqual([])
  const { expected, observed } = incidents.find(({ ended_ms }) => ended_ms === null)!
  expect(observed / expected).toBeGreaterThan(0.65)
  expect(observed / expected).toBeLessThan(0.75)
})

test('a checkpoint that knows of no rates yet is gone on with', () => {
  const fresh = saveState(newTenantState())
  const { rates, ...others } = JSON.parse(fresh).calibrations
  expect(rates).toBeDefined()
  const older = JSON.stringify({ ...JSON.parse(fresh), calibrations: others })
  expect(saveState(loadState(older)!)).toBe(fresh)
})

test('p-values of shares that are what they should be are small no more often than they say', () => {
  const random = seeded(17)
  const [trials, rate, draws] = [20_000, 0.02, 4_000]
  // As uncertain as they are taken to be: 4 % from day to day, and three hours from which the rate is known.
  const wide = 0.04 ** 2 + 1 / (3 * trials * rate)
  const precision = (1 - rate) / (wide * rate) - 1
  const small = Array.from({ length: draws }, () => {
    const share = drawBeta(random, rate * precision, (1 - rate) * precision)
    return shareP(drawBinomial(random, trials, share), trials, trials * rate, random())
  })
  const within = (level: number) => small.filter((p) => p <= level).length / draws
  // Four standard deviations of the number of draws.
  for (const level of [0.05, 0.01]) {
    expect(Math.abs(within(level) / level - 1), `${level}`).toBeLessThan(4 / Math.sqrt(draws * level))
  }
})

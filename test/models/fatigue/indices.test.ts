import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NO_COST_INDEX, nextCostIndex } from '../../../models/fatigue/cost-index.ts'
import { expose, logExposure, NO_EXPOSURE, projectedLogExposure } from '../../../models/fatigue/exposure.ts'
import { NO_MARKET, nextMarket } from '../../../models/fatigue/market.ts'

const near = (value: number) => Array.from({ length: 9 }, (_, i) => ({ value: value + (i - 4) / 100, variance: 0.01 }))

test('the market index follows a break at once and goes home when nobody tells', () => {
  let market = NO_MARKET
  for (let day = 0; day < 10; day++) market = nextMarket(market, day, near(0))
  expect(market.value).toBeCloseTo(0, 2)
  market = nextMarket(market, 10, near(-0.5))
  expect(market.value).toBeLessThan(-0.4)
  const alone = nextMarket(market, 40, [])
  expect(Math.abs(alone.value)).toBeLessThan(0.05)
  expect(alone.variance).toBeGreaterThan(market.variance)
})

test('one creative that collapses is not the market', () => {
  let market = NO_MARKET
  for (let day = 0; day < 10; day++) market = nextMarket(market, day, near(0))
  market = nextMarket(market, 10, [...near(0), { value: -3, variance: 0.001 }])
  expect(market.value).toBeGreaterThan(-0.15)
})

test('the cost index takes the median change, and learns how much prices move without wear', () => {
  const quiet = nextCostIndex(NO_COST_INDEX, [0.02, 0.0201, 0.0199, 0.02, 0.3])
  expect(quiet.value).toBeCloseTo(0.02, 6)
  let loud = NO_COST_INDEX
  for (let day = 0; day < 60; day++) loud = nextCostIndex(loud, [-0.05, -0.02, 0, 0.02, 0.05])
  expect(Math.sqrt(loud.noise)).toBeGreaterThan(0.02)
  expect(Math.sqrt(quiet.noise)).toBeLessThan(0.002)
})

test('too few creatives say nothing about the step of the cost index', () => {
  const next = nextCostIndex(NO_COST_INDEX, [0.5, 0.5])
  expect(next.value).toBe(0)
  expect(next.step_variance).toBeGreaterThan(0.005)
})

test('exposure is finite, grows while a creative runs, and its projection continues it', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1e7 }), { minLength: 1, maxLength: 40 }), (shown) => {
      let exposure = NO_EXPOSURE
      let total = 0
      for (const impressions of shown) {
        total += impressions
        exposure = expose(exposure, impressions, total / (1 + total / 1e7), 1)
      }
      expect(logExposure(exposure)).toSatisfy(Number.isFinite)
      expect(exposure.audience).toBeGreaterThan(0)
      const ahead = [0, 1, 5, 20].map((days) => projectedLogExposure(exposure, 1e12, days))
      expect(ahead[0]).toBeCloseTo(logExposure(exposure), 9)
      for (let i = 1; i < ahead.length; i++) expect(ahead[i]).toBeGreaterThan(ahead[i - 1]!)
    }),
    { seed: 4 },
  )
})

import { describe, expect, test } from 'vitest'
import { type CauseClass, classify, type Situation } from '../../../models/root-cause/classify.ts'
import { type Fact, SIGNALS, type Signal } from '../../../models/root-cause/signatures.ts'

/** Every signal expects 900 and stands still, but for those given as a factor. */
function situation(factors: Partial<Record<Signal, number>>, facts: Partial<Record<Fact, boolean>> = {}): Situation {
  const moved = (factor = 1) => ({ observed: 900 * factor, expected: 900, variance: 900 })
  const signals = Object.fromEntries(SIGNALS.map((name) => [name, moved(factors[name])]))
  return { signals: signals as Situation['signals'], facts }
}

const QUIET = {
  budget_spent: false,
  bid_changed: false,
  price_changed: false,
  out_of_stock: false,
  holiday: false,
  incomplete: false,
  gradual: false,
}
const ads = (factor: number) => ({ impressions: factor, clicks: factor, spend: factor, claimed_conversions: factor })

const CASES: readonly [CauseClass, Partial<Record<Signal, number>>, Partial<Record<Fact, boolean>>][] = [
  ['tracking_break', { claimed_conversions: 0.5, cvr: 0.5 }, {}],
  ['tracking_break', { claimed_conversions: 0.5, cvr: 0.5, sessions: 0.5 }, {}],
  ['budget_exhausted', { ...ads(0.3), sessions: 0.8, orders: 0.8 }, { budget_spent: true }],
  // No campaign is shown any more: there are no rows, as of a report that is late, but what was bought through it is missing.
  ['budget_exhausted', { ...ads(0), orders: 0.1 }, { incomplete: true }],
  ['bid_change', { ...ads(1.3), spend: 1.8, cpc: 1.4 }, { bid_changed: true }],
  // Clicks became dearer for everybody, and nobody has touched a bid.
  ['bid_change', { impressions: 0.7, clicks: 0.7, claimed_conversions: 0.7, cpc: 1.45 }, { gradual: true }],
  ['creative_fatigue', { clicks: 0.7, ctr: 0.7, claimed_conversions: 0.65, cvr: 0.93, orders: 0.9 }, { gradual: true }],
  ['site_outage', { claimed_conversions: 0.1, cvr: 0.1, sessions: 0.1, orders: 0.1, sibling_orders: 0.1 }, {}],
  ['stock_out', { claimed_conversions: 0.5, cvr: 0.5, orders: 0.5 }, { out_of_stock: true }],
  ['holiday', { sessions: 1.6, orders: 2, claimed_conversions: 2, cvr: 1.6, sibling_orders: 2 }, { holiday: true }],
  ['reporting_delay', ads(0.4), { incomplete: true }],
  ['reporting_delay', ads(0), { incomplete: true, back_at_midnight: false }],
  ['fraud', { impressions: 1.8, clicks: 2.5, spend: 2.5, ctr: 1.4, cvr: 0.4, sessions: 1.5 }, {}],
  ['price_change', { orders: 0.6, claimed_conversions: 0.6, cvr: 0.6 }, { price_changed: true }],
]

describe.each(CASES)('%s', (wanted, factors, facts) => {
  test(`from ${JSON.stringify(factors)} and ${JSON.stringify(facts)}`, () => {
    const { cause, posterior } = classify(situation(factors, { ...QUIET, ...facts }))
    expect({ cause, posterior: posterior[cause] }).toEqual({ cause: wanted, posterior: expect.any(Number) })
    expect(Object.values(posterior).reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 10)
  })
})

test('orders that stand still tell a broken pixel from a shop that is down', () => {
  const { evidence } = classify(situation({ claimed_conversions: 0.5, cvr: 0.5 }, QUIET))
  expect(evidence.slice(0, 2).map(({ of }) => of)).toContain('cvr')
  expect(evidence.find(({ of }) => of === 'orders')!.nats).toBeGreaterThan(0)
})

test('a click rate that lost a quarter is no luck of the day, though conversions fell by more', () => {
  const still = (count: number) => ({ observed: count, expected: count, variance: count + (0.06 * count) ** 2 })
  const ratio = (observed: number, expected: number) => {
    return { observed, expected, variance: expected + (0.03 * expected) ** 2 }
  }
  const signals = {
    ...{ impressions: still(260_000), sibling_clicks: still(7500), sibling_orders: still(450), cpc: still(2850) },
    ...{ ctr: ratio(2880, 3780), cvr: ratio(22, 57) },
  }
  const { evidence, posterior } = classify({ signals, facts: { incomplete: false, holiday: false } })
  expect(posterior.creative_fatigue).toBeGreaterThan(4 * posterior.tracking_break)
  expect(evidence[0]!.of).toBe('ctr')
})

test('what fits no signature, and what nothing is known of, is unknown', () => {
  const strange = situation({ impressions: 0.4, clicks: 2, sessions: 3, orders: 0.5, sibling_clicks: 3 }, QUIET)
  expect(classify(strange).cause).toBe('unknown')
  const { cause, evidence, posterior } = classify({ signals: {}, facts: {} })
  expect({ cause, evidence }).toEqual({ cause: 'unknown', evidence: [] })
  expect(posterior.unknown).toBeCloseTo(1 / 11, 10)
})

import { describe, expect, test } from 'vitest'
import { contest, forecastByNetwork, type TrainNetwork } from '../../../models/ltv/challenger.ts'
import { type Order, transactionsOf } from '../../../models/ltv/customers.ts'
import { zilnLoss, zilnMean, zilnOf, zilnQuantile } from '../../../models/ltv/ziln.ts'
import { seeded } from '../../../models/math/random.ts'

const CUT = 200

/** Customers who buy at a pace of their own until they leave. */
function orders(seed: number): Order[] {
  const random = seeded(seed)
  return Array.from({ length: 250 }, (_, c) => {
    const pace = 5 + 40 * random()
    const left = 20 + 300 * random()
    const list: Order[] = []
    for (let day = Math.floor(60 * random()); day < left && day < 2 * CUT; day += 1 + Math.floor(pace * random())) {
      list.push({ customer: `c${c}`, day, value: 10 + 90 * random() })
    }
    return list
  }).flat()
}

/** A network that says the same of everybody, or what somebody who knew the future would say. */
const constant = (outputs: readonly [number, number, number]): TrainNetwork => {
  return async ({ width }) => ({
    predict: async (features) =>
      Float32Array.from({ length: (3 * features.length) / width }, (_, i) => outputs[i % 3]!),
    close: () => {},
  })
}

describe('a network as challenger', () => {
  test('is given the second half of the history seen from its middle, and nothing behind the cut', async () => {
    const all = orders(1)
    const seen: number[][] = []
    const train: TrainNetwork = async (examples, seed) => {
      seen.push([...examples.features, ...examples.values])
      return constant([0, 3, 1])(examples, seed)
    }
    for (const known of [all, all.filter(({ day }) => day <= CUT)]) {
      const of = { cut_day: CUT, train, seed: 1, random: seeded(1) }
      await forecastByNetwork(transactionsOf(known), { ...of, horizon_days: 50 })
      await contest(transactionsOf(known), of)
    }
    expect(seen).toHaveLength(4)
    expect(seen[2]).toEqual(seen[0])
    expect(seen[3]).toEqual(seen[1])
    expect(seen[0]!.every(Number.isFinite)).toBe(true)
  })

  test('that knows nothing loses, and the scores of both are there', async () => {
    const result = await contest(transactionsOf(orders(1)), {
      cut_day: CUT,
      train: constant([0, 3, 1]),
      seed: 1,
      random: seeded(1),
    })
    if ('insufficient' in result) throw new Error('there is enough to forecast from')
    expect(result.wins).toBe(false)
    expect(result.champion.gini).toBeGreaterThan(result.challenger.gini + 0.2)
  })

  test('is no contest where the first half is too short to forecast from', async () => {
    const few = transactionsOf(orders(1).filter(({ customer }) => customer.length === 2))
    const result = await contest(few, { cut_day: 30, train: constant([0, 3, 1]), seed: 1, random: seeded(1) })
    expect(result).toHaveProperty('insufficient')
  })
})

describe('the zero-inflated log-normal', () => {
  const ziln = zilnOf([0.5, 2, 0.3], 0)

  test('has the mean and quantiles of its draws', () => {
    const random = seeded(2)
    const draws = Array.from({ length: 40_000 }, () => zilnQuantile(ziln, random())).sort((a, b) => a - b)
    const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length
    expect(Math.abs(mean / zilnMean(ziln) - 1)).toBeLessThan(0.05)
    expect(draws.filter((value) => value === 0).length / draws.length).toBeCloseTo(1 - ziln.p, 2)
  })

  test('is likeliest for its own parameters', () => {
    const random = seeded(3)
    const values = Array.from({ length: 5_000 }, () => zilnQuantile(ziln, random()))
    const loss = (outputs: readonly number[]) =>
      zilnLoss(
        values.flatMap(() => outputs),
        values,
      )
    const own = loss([0.5, 2, 0.3])
    for (const other of [
      [0, 2, 0.3],
      [0.5, 1.8, 0.3],
      [0.5, 2, 0],
      [0.5, 2, 0.8],
    ]) {
      expect(loss(other)).toBeGreaterThan(own)
    }
  })
})

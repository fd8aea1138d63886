import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bgBbAlive, bgBbLogLikelihood } from '../../../models/ltv/bg-bb.ts'
import { bgNbd } from '../../../models/ltv/bg-nbd.ts'
import { calendarDerivatives, informationAt } from '../../../models/ltv/calendar-derivatives.ts'
import { fitParameters } from '../../../models/ltv/fit.ts'
import { mbgCnbdK } from '../../../models/ltv/mbg-cnbd-k.ts'
import { paretoNbd } from '../../../models/ltv/pareto-nbd.ts'
import { toRows } from '../../../models/ltv/rows.ts'
import { crpsOfDraws, pointScores, randomisedPit } from '../../../models/ltv/score.ts'
import { afterOrder, type CustomerState, estimate } from '../../../models/ltv/stream.ts'
import { drawGamma } from '../../../models/math/draw.ts'
import { seeded } from '../../../models/math/random.ts'

const history = fc
  .record({
    x: fc.nat(400),
    recency: fc.double({ min: 0, max: 1, noNaN: true }),
    T: fc.double({ min: 0, max: 200, noNaN: true }),
  })
  .map(({ x, recency, T }) => ({ x, t_x: x === 0 ? 0 : recency * T, T }))
const positive = fc.double({ min: -3, max: 4, noNaN: true }).map(Math.exp)
const parameters = fc.tuple(positive, positive, positive, positive)

describe.each([bgNbd, paretoNbd, mbgCnbdK(1), mbgCnbdK(3)])('$name', (model) => {
  test('any history under any parameters: a likelihood, a probability, orders that grow with time', () => {
    fc.assert(
      fc.property(history, parameters, (one, at) => {
        const rows = toRows([one])
        expect(model.logLikelihood(at, rows)).toSatisfy(Number.isFinite)
        const alive = model.aliveOf(at, rows)[0]!
        expect(alive).toBeGreaterThanOrEqual(0)
        expect(alive).toBeLessThanOrEqual(1)
        const [few, more] = [4, 52].map((weeks) => model.ordersOf(at, rows, weeks)[0]!) as [number, number]
        expect(few).toBeGreaterThanOrEqual(0)
        expect(more).toBeGreaterThanOrEqual(few * (1 - 1e-6) - 1e-9)
      }),
      { seed: 1, numRuns: 300 },
    )
  })

  test('draws have the mean of the closed form', () => {
    const random = seeded(4)
    const one = { x: 3, t_x: 20, T: 26 }
    const at = model.start
    const rows = toRows([one])
    const alive = model.aliveOf(at, rows)[0]!
    const mean = model.ordersOf(at, rows, 26)[0]! / alive
    const drawn = Array.from({ length: 20_000 }, () => model.drawOrders(random, at, one, 26, 1))
    const seen = drawn.reduce((sum, value) => sum + value, 0) / drawn.length
    // Regular gaps: the closed form is that of an approximation.
    expect(Math.abs(seen / mean - 1)).toBeLessThan(model.name === 'mbg-cnbd-3' ? 0.2 : 0.04)
  })
})

test('equal histories are one row, and weigh as much', () => {
  const histories = [
    { x: 1, t_x: 2, T: 9 },
    { x: 0, t_x: 0, T: 9 },
    { x: 1, t_x: 2, T: 9 },
  ]
  const rows = toRows(histories)
  expect(rows.size).toBe(2)
  expect([...rows.weight]).toEqual([2, 1])
  const each = histories.map((one) => bgNbd.logLikelihood(bgNbd.start, toRows([one])))
  expect(bgNbd.logLikelihood(bgNbd.start, rows)).toBeCloseTo(each[0]! + each[1]! + each[2]!, 9)
})

test('regular buyers are told from irregular ones', () => {
  const random = seeded(8)
  const histories = Array.from({ length: 300 }, () => {
    const rate = drawGamma(random, 6) / 6
    const days: number[] = []
    for (let t = drawGamma(random, 3) / rate; t < 60; t += drawGamma(random, 3) / rate) days.push(t)
    const gaps = days.map((t, i) => t - (days[i - 1] ?? 0))
    return { x: days.length, t_x: days.at(-1) ?? 0, T: 60, ln_gaps: gaps.reduce((sum, gap) => sum + Math.log(gap), 0) }
  })
  const rows = toRows(histories)
  const [irregular, regular] = [1, 3].map((k) => {
    const model = mbgCnbdK(k)
    return fitParameters((at) => model.logLikelihood(at, rows), model.start).log_likelihood
  }) as [number, number]
  expect(regular).toBeGreaterThan(irregular + 50)
})

test('BG/BB: all ways to use six opportunities add up to certainty', () => {
  const at = [1.2, 0.75, 0.66, 2.78]
  const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k)
  let sum = 0
  for (let t_x = 0; t_x <= 6; t_x++) {
    for (let x = t_x === 0 ? 0 : 1; x <= t_x; x++) {
      const ways = t_x === 0 ? 1 : choose(t_x - 1, x - 1)
      sum += ways * Math.exp(bgBbLogLikelihood(at, [{ x, t_x, n: 6, weight: 1 }]))
    }
  }
  expect(sum).toBeCloseTo(1, 12)
  expect(bgBbAlive(at, { x: 6, t_x: 6, n: 6 })).toBeGreaterThan(bgBbAlive(at, { x: 6, t_x: 6, n: 9 }))
})

test('the calendar meets the likelihood: a longer life in one week is what the parameters see too', () => {
  const rows = toRows([
    { x: 3, t_x: 4.4, T: 7.3 },
    { x: 0, t_x: 0, T: 5.5, weight: 9 },
    { x: 1, t_x: 0.3, T: 7.9 },
  ])
  const ln = bgNbd.start.map(Math.log)
  const { expected, own, cross } = calendarDerivatives(rows, ln, 8)
  // Moving all weeks alike is moving α the other way: ∂/∂g of all = −∂/∂ ln α, whatever the week.
  const alpha = informationAt(rows, ln)[1]!
  const orders = 4
  own.forEach((row, w) => {
    const along = row.reduce((sum, value) => sum + value, 0)
    expect(along).toBeCloseTo(-cross[1]![w]!, 4)
  })
  expect(cross[1]!.reduce((sum, value) => sum + value, 0)).toBeCloseTo(-alpha[1]!, 3)
  const slope =
    (bgNbd.logLikelihood(bgNbd.start.with(1, bgNbd.start[1]! * Math.exp(1e-5)), rows) -
      bgNbd.logLikelihood(bgNbd.start, rows)) /
    1e-5
  expect(orders - expected.reduce((sum, value) => sum + value, 0)).toBeCloseTo(-slope, 2)
})

describe('a stream of orders', () => {
  const fitted = { bg_nbd: bgNbd.start, pareto_nbd: paretoNbd.start, spending: [6, 3.7, 15], kept: 1 }
  const orders: readonly (readonly [day: number, value: number])[] = [
    [100, 20],
    [107, 30],
    [107, 5],
    [130, 10],
    [128, -8],
  ]

  test('keeps what the batch would say', () => {
    const state = orders.reduce<CustomerState | null>((before, [day, value]) => afterOrder(before, day, value), null)!
    expect(state).toEqual({ first_day: 100, last_day: 130, transactions: 3, paid_count: 3, paid_value: 65 })
    const rows = toRows([{ x: 2, t_x: 30 / 7, T: 40 / 7 }])
    const { p_alive, orders_mean, value_mean } = estimate(state, fitted, 140, 90)
    expect(p_alive).toBe(paretoNbd.aliveOf(paretoNbd.start, rows)[0])
    expect(orders_mean).toBe(bgNbd.ordersOf(bgNbd.start, rows, 90 / 7)[0])
    expect(value_mean).toBeGreaterThan(0)
  })

  test('a refund makes nobody a customer', () => {
    expect(afterOrder(null, 100, -5)).toBeNull()
  })
})

describe('scores', () => {
  test('a perfect forecast', () => {
    const customers = Array.from({ length: 50 }, (_, i) => ({ id: `${i}`, forecast: i, actual: i }))
    expect(pointScores(customers)).toMatchObject({ rmse: 0, mae: 0, decile_mape: 0, level: 1 })
    expect(pointScores(customers).gini).toBeCloseTo(1, 12)
  })

  test('CRPS of draws is what the double sum says, and that of certainty the distance', () => {
    const draws = [0, 0, 1, 4, 9]
    const pairs = draws.flatMap((a) => draws.map((b) => Math.abs(a - b))).reduce((sum, value) => sum + value, 0)
    const distance = draws.reduce((sum, value) => sum + Math.abs(value - 3), 0) / 5
    expect(crpsOfDraws(draws, 3)).toBeCloseTo(distance - pairs / (2 * 5 * 4), 12)
    expect(crpsOfDraws([5, 5], 2)).toBe(3)
  })

  test('PIT of draws among equals is drawn', () => {
    expect(randomisedPit(Float64Array.of(0, 0, 0, 5), 0, 0.5)).toBeCloseTo(0.4, 12)
    expect(randomisedPit(Float64Array.of(0, 0, 0, 5), 9, 0.5)).toBeCloseTo(0.9, 12)
  })
})

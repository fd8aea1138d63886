import type { Transactions } from '../../models/ltv/customers.ts'
import { drawBeta, drawExponential, drawGamma, drawNormal } from '../../models/math/draw.ts'
import type { Random } from '../../models/math/random.ts'

/** A shop whose customers and calendar are known, over the days it ran. */
export type SimulatedShop = {
  readonly all: readonly Transactions[]
  readonly first_day: number
  /** Days with data: forecasts may be checked up to here. */
  readonly last_day: number
}

/**
 * A shop of a random kind: 300 to 3,000 customers won over 12 to 40 weeks, buying and leaving as Pareto/NBD or BG/NBD
 * has it, values as Gamma-Gamma has them, all parameters drawn. In each week everybody buys e^g times as fast, g an
 * AR(1) with a spread of 5 to 40 % and a memory from none to long: what the forecasts are not told.
 */
export function simulateShop(random: Random, weeks: number): SimulatedShop {
  const uniform = (from: number, to: number) => from + (to - from) * random()
  const first_day = 10_957
  const customers = Math.round(300 * 10 ** random())
  const won_over = uniform(12, 40) * 7
  const draw = random() < 0.5 ? paretoCustomer(uniform) : bgCustomer(uniform)
  const spending = { p: uniform(3, 10), q: uniform(2.5, 5), mean: Math.exp(uniform(2, 5)) }
  const clock = calendarClock(random, weeks, uniform(0.05, 0.4), uniform(0, 0.9))
  const all: Transactions[] = []
  for (let i = 0; i < customers; i++) {
    const won = random() * won_over
    const days = new Set([Math.floor(won), ...draw(random, won / 7, weeks, clock)])
    const sorted = [...days].sort((a, b) => a - b)
    const rate = drawGamma(random, spending.q) / (spending.mean * ((spending.q - 1) / spending.p))
    all.push({
      id: String(i).padStart(5, '0'),
      days: sorted.map((day) => first_day + day),
      values: sorted.map(() => Math.round((100 * drawGamma(random, spending.p)) / rate) / 100),
      refund_days: [],
      refunds: [],
    })
  }
  return { all, first_day, last_day: first_day + weeks * 7 - 1 }
}

/** Days, counted from the shop's first, of the repeat orders of a customer won at `won` weeks. */
type DrawCustomer = (random: Random, won: number, weeks: number, clock: Clock) => number[]
type Uniform = (from: number, to: number) => number

/** Weeks of an ordinary calendar that pass between two instants, and the instant after which so many have passed. */
type Clock = { at(weeks: number): number; inverse(passed: number): number }

function paretoCustomer(uniform: Uniform): DrawCustomer {
  const [r, alpha, s, beta] = [uniform(0.3, 1.2), uniform(4, 16), uniform(0.3, 1.2), uniform(6, 20)]
  return (random, won, weeks, clock) => {
    const rate = drawGamma(random, r) / alpha
    const end = Math.min(weeks, won + (drawExponential(random) * beta) / drawGamma(random, s))
    return ordersUntil(random, rate, won, end, clock, () => false)
  }
}

function bgCustomer(uniform: Uniform): DrawCustomer {
  const [r, alpha, a, b] = [uniform(0.2, 0.8), uniform(3, 10), uniform(0.4, 1.2), uniform(1.5, 4)]
  return (random, won, weeks, clock) => {
    const rate = drawGamma(random, r) / alpha
    const leaves = drawBeta(random, a, b)
    return ordersUntil(random, rate, won, weeks, clock, () => random() < leaves)
  }
}

function ordersUntil(random: Random, rate: number, won: number, end: number, clock: Clock, gone: () => boolean) {
  const days: number[] = []
  const last = clock.at(end)
  let passed = clock.at(won)
  for (;;) {
    passed += drawExponential(random) / rate
    if (!(passed < last)) return days
    days.push(Math.floor(clock.inverse(passed) * 7))
    if (gone()) return days
  }
}

function calendarClock(random: Random, weeks: number, sigma: number, phi: number): Clock {
  const sums = [0]
  let g = sigma * drawNormal(random)
  for (let w = 0; w < weeks; w++) {
    sums.push(sums[w]! + Math.exp(g - (sigma * sigma) / 2))
    g = phi * g + sigma * Math.sqrt(1 - phi * phi) * drawNormal(random)
  }
  return {
    at(when) {
      const w = Math.min(Math.floor(when), weeks - 1)
      return sums[w]! + (when - w) * (sums[w + 1]! - sums[w]!)
    },
    inverse(passed) {
      let w = 0
      while (w < weeks - 1 && sums[w + 1]! <= passed) w++
      return w + (passed - sums[w]!) / (sums[w + 1]! - sums[w]!)
    },
  }
}

import { drawNormal } from '../../models/math/draw.ts'
import { type Random, seeded } from '../../models/math/random.ts'
import { classify, type Situation } from '../../models/root-cause/classify.ts'
import { FACT_BY_CHANCE, FACTS, type NamedClass, SIGNALS, SIGNATURES } from '../../models/root-cause/signatures.ts'

export const CLASSES = Object.keys(SIGNATURES) as NamedClass[]

/** What turns a market into numbers, each step as a factor of what it usually is. */
type Funnel = {
  shown: number
  clicked: number
  paid: number
  arrived: number
  bought: number
  pixel: number
  reported: number
  /** Of the shop as a whole, so of the siblings too. */
  demand: number
  site: number
}

/** Macro-F1 of the class over situations drawn for each cause: what is left `unknown` is a miss. */
export function classMacroF1(each: number, seed: number): number {
  const said = CLASSES.map((cause, k) =>
    Array.from({ length: each }, (_, i) => classify(drawSituation(cause, seeded(seed, k * each + i))).cause),
  )
  const scores = CLASSES.map((cause, k) => {
    const right = said[k]!.filter((one) => one === cause).length
    const named = said.flat().filter((one) => one === cause).length
    return (2 * right) / (named + each)
  })
  return scores.reduce((sum, one) => sum + one, 0) / scores.length
}

/**
 * A funnel from impressions to orders with one thing broken, and what is then seen of it: a cause changes a step, never
 * a number that the classifier reads. Sizes are 30 % to 90 %, volumes 200 to 3,000 orders, forecasts off by 5 %.
 */
export function drawSituation(cause: NamedClass, random: Random): Situation {
  const size = 0.3 + 0.6 * random()
  const funnel = broken(cause, size, random)
  const orders = 200 * 15 ** random()
  const usual = { impressions: orders * 2_000, clicks: orders * 30, spend: orders * 40, sessions: orders * 27 }
  const shown = funnel.shown
  const clicks = shown * funnel.clicked
  const sessions = clicks * funnel.arrived * funnel.site * funnel.demand
  const bought = sessions * funnel.bought
  const factors = [
    shown * funnel.reported,
    clicks * funnel.reported,
    clicks * funnel.paid * funnel.reported,
    bought * funnel.pixel * funnel.reported,
    sessions,
    bought,
    funnel.demand ** 0.5,
    funnel.demand * funnel.site,
    funnel.clicked,
    funnel.paid,
    (bought / clicks) * funnel.pixel,
  ]
  const means = [
    ...Object.values(usual).slice(0, 3),
    orders * 0.9,
    usual.sessions,
    orders,
    usual.clicks * 2,
    orders * 2,
    usual.clicks,
    usual.spend,
    orders * 0.9,
  ]
  const signals = SIGNALS.map((name, k) => {
    const expected = means[k]!
    const mean = expected * factors[k]! * Math.exp(0.05 * drawNormal(random))
    const observed = Math.max(0, Math.round(mean + Math.sqrt(mean) * drawNormal(random)))
    return [name, { observed, expected, variance: expected }]
  })
  const facts = FACTS.map((fact) => [fact, random() < (tells(cause)[fact] ?? FACT_BY_CHANCE[fact])])
  return { signals: Object.fromEntries(signals), facts: Object.fromEntries(facts) }
}

function broken(cause: NamedClass, size: number, random: Random): Funnel {
  const funnel = { shown: 1, clicked: 1, paid: 1, arrived: 1, bought: 1, pixel: 1, reported: 1, demand: 1, site: 1 }
  const left = 1 - size
  const either = random() < 0.5 ? left : 1 + size
  switch (cause) {
    case 'tracking_break':
      return { ...funnel, pixel: left }
    case 'budget_exhausted':
      return { ...funnel, shown: left }
    case 'bid_change':
      return { ...funnel, shown: either, paid: either ** 0.5 }
    case 'creative_fatigue':
      return { ...funnel, clicked: left }
    case 'site_outage':
      return { ...funnel, site: left }
    case 'stock_out':
      return { ...funnel, bought: 1 - size * (0.6 + 0.4 * random()) }
    case 'holiday':
      // Who is away shops less and sees fewer ads.
      return { ...funnel, demand: either, shown: either ** 0.5 }
    case 'reporting_delay':
      return { ...funnel, reported: left }
    case 'fraud':
      return { ...funnel, shown: 1 + size, clicked: 1 + size, arrived: 0.9, bought: 1 / ((1 + size) ** 2 * 0.9) }
    case 'price_change':
      return { ...funnel, bought: either }
  }
}

/** How often somebody wrote it down, or the shape shows it. */
function tells(cause: NamedClass): Partial<Record<(typeof FACTS)[number], number>> {
  switch (cause) {
    case 'budget_exhausted':
      return { budget_spent: 0.9, back_at_midnight: 0.8 }
    case 'bid_change':
      return { bid_changed: 0.75 }
    case 'price_change':
      return { price_changed: 0.75 }
    case 'stock_out':
      return { out_of_stock: 0.85 }
    case 'holiday':
      return { holiday: 0.95 }
    case 'reporting_delay':
      return { incomplete: 0.85 }
    case 'creative_fatigue':
      return { gradual: 0.85 }
    default:
      return {}
  }
}

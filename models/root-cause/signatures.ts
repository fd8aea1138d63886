/**
 * What is looked at inside the scope of an alert, and of its siblings (the other platforms, campaigns, products). `ctr` is
 * clicks against what as many impressions usually bring, `cpc` spend against what as many clicks usually cost, `cvr`
 * claimed conversions against what as many clicks usually bring.
 */
export const SIGNALS = [
  'impressions',
  'clicks',
  'spend',
  'claimed_conversions',
  'sessions',
  'orders',
  'sibling_clicks',
  'sibling_orders',
  'ctr',
  'cpc',
  'cvr',
] as const
export type Signal = (typeof SIGNALS)[number]

/**
 * A count that is made of another says nothing new of its own where its ratio to that is known: impressions, and given
 * these clicks, and given these spend and conversions, are one chain whose links are nearly independent.
 */
export const SAID_BY: Readonly<Partial<Record<Signal, Signal>>> = {
  clicks: 'ctr',
  spend: 'cpc',
  claimed_conversions: 'cvr',
}

/** What is known beside the numbers; each is true, false or, left out, not known. */
export const FACTS = [
  'budget_spent',
  'bid_changed',
  'price_changed',
  'out_of_stock',
  'holiday',
  'incomplete',
  'gradual',
  'back_at_midnight',
] as const
export type Fact = (typeof FACTS)[number]

/** `sags` is still or down: what some causes of a class touch, and others do not. */
export type Behaviour = 'still' | 'down' | 'up' | 'moves' | 'sags' | 'any'

export type Signature = {
  readonly signals: Readonly<Record<Signal, Behaviour>>
  /** How often the fact holds when this is the cause; those left out as often as without any (`FACT_BY_CHANCE`). */
  readonly facts: Readonly<Partial<Record<Fact, number>>>
}

export const FACT_BY_CHANCE: Readonly<Record<Fact, number>> = {
  budget_spent: 0.05,
  bid_changed: 0.03,
  price_changed: 0.03,
  out_of_stock: 0.03,
  holiday: 0.03,
  incomplete: 0.1,
  gradual: 0.2,
  back_at_midnight: 0.15,
}

/**
 * The causes that have a name, each by what it leaves alone as much as by what it moves. The platform's own numbers
 * stand against the shop's orders: a pixel that broke moves the one and not the other.
 */
export const SIGNATURES = {
  tracking_break: signature('still still still down any still still still still still down', { gradual: 0.05 }),
  budget_exhausted: signature('down down down down any any still any still still still', {
    budget_spent: 0.9,
    back_at_midnight: 0.9,
    // What is not shown any more has no rows.
    incomplete: 0.4,
    gradual: 0.05,
  }),
  bid_change: signature('moves moves any moves any any any any still moves still', { bid_changed: 0.6 }),
  creative_fatigue: signature('any any any sags any sags still still down any sags', { gradual: 0.9 }),
  site_outage: signature('still still still down down down still down still still down', { gradual: 0.05 }),
  stock_out: signature('still still still down any down still any still still down', { out_of_stock: 0.9 }),
  holiday: signature('any any any moves moves moves any moves any any moves', { holiday: 0.95 }),
  reporting_delay: signature('down down down down still still still still still still still', {
    incomplete: 0.9,
    gradual: 0.05,
  }),
  fraud: signature('up up up still any still still still up still down', { gradual: 0.1 }),
  price_change: signature('still still still moves still moves still any still still moves', { price_changed: 0.85 }),
} as const satisfies Readonly<Record<string, Signature>>

export type NamedClass = keyof typeof SIGNATURES

/** One behaviour per signal, in the order of `SIGNALS`. */
function signature(behaviours: string, facts: Signature['facts']): Signature {
  const words = behaviours.split(' ') as Behaviour[]
  const signals = Object.fromEntries(SIGNALS.map((name, k) => [name, words[k]!])) as Record<Signal, Behaviour>
  return { signals, facts }
}

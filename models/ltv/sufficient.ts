import type { Transactions } from './customers.ts'

/** Below this a forecast would be the prior and not the shop. */
export const LTV_NEEDS = { customers: 30, repeat_orders: 15, days_of_history: 21, paid_orders: 15 } as const

/** An answer too: what is needed and what there is. */
export type Insufficient = { readonly insufficient: { readonly needed: Seen; readonly seen: Seen } }
type Seen = { readonly [K in keyof typeof LTV_NEEDS]: number }

/** @returns null where there is enough */
export function insufficiency(known: readonly Transactions[], cut_day: number): Insufficient | null {
  let [repeat_orders, paid_orders, first_day] = [0, 0, cut_day]
  for (const { days, values } of known) {
    first_day = Math.min(first_day, days[0]!)
    for (let i = 0; i < days.length && days[i]! <= cut_day; i++) {
      if (i > 0) repeat_orders++
      if (values[i]! > 0) paid_orders++
    }
  }
  const days_of_history = known.length === 0 ? 0 : cut_day - first_day
  const seen = { customers: known.length, repeat_orders, days_of_history, paid_orders }
  const enough = (Object.keys(LTV_NEEDS) as (keyof typeof LTV_NEEDS)[]).every((name) => seen[name] >= LTV_NEEDS[name])
  return enough ? null : { insufficient: { needed: LTV_NEEDS, seen } }
}

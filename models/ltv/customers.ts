/** One order. Days since 1970-01-01; orders of one customer on one day are one transaction. */
export type Order = { readonly customer: string; readonly day: number; readonly value: number }

/**
 * All transactions of a customer, one per day, by day ascending. Values are sums of the day, ≥ 0. A day on which more was
 * given back than bought is no transaction: buying and giving back are not the same habit.
 */
export type Transactions = {
  readonly id: string
  readonly days: readonly number[]
  readonly values: readonly number[]
  /** Days with a sum below zero, and these sums without their sign. */
  readonly refund_days: readonly number[]
  readonly refunds: readonly number[]
}

/** What is known of one customer at a cut. */
export type Customer = {
  readonly id: string
  readonly first_day: number
  readonly last_day: number
  /** Days on which they ordered, the first included. */
  readonly transactions: number
  /** Σ ln(weeks between one transaction and the next). */
  readonly ln_gaps: number
  readonly first_value: number
  /** Transactions worth more than nothing, all and without the first, with their sums. */
  readonly paid: Paid
  readonly paid_again: Paid
  /** Given back on days without a transaction. */
  readonly refunded: number
}

export type Paid = { readonly count: number; readonly value: number }

/** Transactions of each customer, by id, from orders in any order. */
export function transactionsOf(orders: readonly Order[]): Transactions[] {
  const known = new Map<string, Map<number, number>>()
  for (const { customer, day, value } of orders) {
    let own = known.get(customer)
    if (own === undefined) {
      own = new Map()
      known.set(customer, own)
    }
    own.set(day, (own.get(day) ?? 0) + value)
  }
  return [...known]
    .map(([id, own]) => {
      const all = [...own.keys()].sort((a, b) => a - b)
      const days = all.filter((day) => own.get(day)! >= 0)
      const refund_days = all.filter((day) => own.get(day)! < 0)
      const [values, refunds] = [days.map((day) => own.get(day)!), refund_days.map((day) => -own.get(day)!)]
      return { id, days, values, refund_days, refunds }
    })
    .filter(({ days }) => days.length > 0)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Customers with a transaction up to and including `cut_day`, in the order given, as they were known then. */
export function customersAt(all: readonly Transactions[], cut_day: number): Customer[] {
  const out: Customer[] = []
  for (const one of all) if (one.days[0]! <= cut_day) out.push(customerAt(one, cut_day))
  return out
}

function customerAt({ id, days, values, refund_days, refunds }: Transactions, cut_day: number): Customer {
  let [transactions, ln_gaps, count, value] = [0, 0, 0, 0]
  for (let i = 0; i < days.length && days[i]! <= cut_day; i++) {
    transactions++
    if (i > 0) ln_gaps += Math.log((days[i]! - days[i - 1]!) / 7)
    if (values[i]! > 0) {
      count++
      value += values[i]!
    }
  }
  const first_value = values[0]!
  return {
    id,
    first_day: days[0]!,
    last_day: days[transactions - 1]!,
    transactions,
    ln_gaps,
    first_value,
    paid: { count, value },
    paid_again: first_value > 0 ? { count: count - 1, value: value - first_value } : { count, value },
    refunded: refunds.reduce((sum, refund, i) => (refund_days[i]! <= cut_day ? sum + refund : sum), 0),
  }
}

/** Net value in (`after`, `until`], and how many transactions it comes from. */
export function spentWithin({ days, values, refund_days, refunds }: Transactions, after: number, until: number) {
  let [count, value] = [0, 0]
  for (let i = 0; i < days.length; i++) {
    if (days[i]! <= after || days[i]! > until) continue
    count++
    value += values[i]!
  }
  for (let i = 0; i < refund_days.length; i++) {
    if (refund_days[i]! > after && refund_days[i]! <= until) value -= refunds[i]!
  }
  return { count, value }
}

/**
 * What a world is made of, as data. Money in `_micros` is in the currency of its account or shop; a day is a number
 * of days since 1970-01-01, always a local label of the account or shop.
 */
export type WorldSpec = {
  readonly name: string
  readonly seed: string | number
  readonly first_day: number
  readonly days: number
  readonly shops: readonly Shop[]
  readonly accounts: readonly Account[]
  readonly courier: Courier
  /** By weekday, Monday first, mean about 1; clicks, spend and orders alike. */
  readonly weekday: readonly number[]
  /** Which country's holidays there are, and how much they lift demand (0.05 = 5 %). */
  readonly holidays: readonly Holiday[]
  readonly fx: readonly { readonly base: string; readonly quote: string; readonly rate_e9: number }[]
  /** Money as decimal strings and not as numbers: both are allowed, platforms differ. */
  readonly money_as_text: boolean
  /** New opportunities of the CRM per day. */
  readonly crm: number
}

export type Holiday = {
  readonly country: string
  readonly day: number
  readonly name: string
  readonly lift: number
}

/** How events travel from where they happen to us. */
export type Courier = {
  /** Everything takes between one second and this. */
  readonly usual_ms: number
  /** Share of events (and of whole platform pulls) that come late, and how late on average. */
  readonly late: number
  readonly late_ms: number
  readonly late_max_ms: number
  /** Share of events that come twice. */
  readonly doubled: number
  /** Whether each platform row travels alone; else all rows of one pull travel together. */
  readonly rows_alone: boolean
}

export type Account = {
  readonly platform: string
  readonly source: string
  readonly id: string
  readonly name: string
  readonly zone: string
  readonly currency: string
  /** Smallest unit of the currency in micros: 10,000 for cents. */
  readonly unit_micros: number
  /** Rows per day with reach and frequency. */
  readonly daily: boolean
  /** First day with rows per hour as well; Infinity for none. */
  readonly hourly_from: number
  /** Variance of counts over their mean, 0 to 1. */
  readonly dispersion: number
  /**
   * Share of the final conversions that is known at: the end of the hour, the first daily pull after the day, and the
   * pulls `PULL_LAGS` days after it. The last must be 1.
   */
  readonly known: readonly number[]
  readonly ads: readonly Ad[]
}

/** Days after the first pull at which a day is read again. */
export const PULL_LAGS = [0, 1, 3, 7, 14, 28]

export type Ad = {
  readonly key: number
  readonly id: string
  readonly name: string
  readonly campaign: string
  readonly ad_group: string
  readonly creative: string
  readonly country: string
  /** Expected spend of an average day. */
  readonly spend_micros: number
  readonly cpc_micros: number
  readonly ctr: number
  readonly cvr: number
  /** Claimed value per conversion. */
  readonly value_micros: number
  readonly frequency: number
  /** Share of impressions watched for 3 seconds. */
  readonly hook: number
  readonly landing_page: string
  readonly drifts: readonly Drift[]
}

/** A slow change of one property of an ad: factors day by day from `first_day` on; the last one stays. */
export type Drift = {
  readonly field: 'cpc' | 'cvr' | 'ctr' | 'hook' | 'frequency'
  readonly first_day: number
  readonly factors: readonly number[]
}

export type Product = {
  readonly id: string
  readonly title: string
  readonly price_units: number
  readonly weight: number
}

export type Shop = {
  readonly key: number
  readonly source: string
  readonly prefix: string
  readonly zone: string
  readonly currency: string
  readonly unit_micros: number
  /** Cheapest first. */
  readonly products: readonly Product[]
  readonly countries: readonly { readonly country: string; readonly weight: number }[]
  /** Ads whose clicks end in this shop, with their share of its orders; `organic` is the rest. */
  readonly referrers: readonly { readonly account: Account; readonly ad: Ad; readonly weight: number }[]
  readonly organic_weight: number
  /** New customers come in groups of 20; groups of an average day. */
  readonly groups: number
  /** Average net value of a new customer in its first 90 days, by month ("2025-06"), in currency units; '' for others. */
  readonly value_90d: Readonly<Record<string, number>>
  readonly subscribers: number
  readonly subscriber_units: number
  readonly guest_units: number
  /** Expected net revenue of an average day, in currency units: guests fill what the others leave. Or guests a day. */
  readonly day_units: number | null
  readonly guests: number
  readonly rates: ShopRates
}

/** Shares of orders (of guests and subscribers where money is lost, so that cohort values stay as given). */
export type ShopRates = {
  readonly edited: number
  readonly cancelled: number
  readonly returned: number
  readonly voided: number
  readonly test_orders: number
  /** Ad path only known with the second observation. */
  readonly late_path: number
  /** Transactions that are no refunds, and refunds that failed: kept as seen, no money moves. */
  readonly transactions: number
  readonly registered: number
  readonly touched: number
  readonly web: number
}

/** New customers of a group, and how many orders each places in its first 90 days: 27 in all. */
export const GROUP = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3]
export const GROUP_ORDERS = 27

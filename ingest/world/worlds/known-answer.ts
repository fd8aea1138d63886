import { DAY_MS } from '../../../schemas/zone.ts'
import { keyOf } from '../random.ts'
import type { Account, Ad, Drift, Shop, WorldSpec } from '../spec.ts'
import { HOLIDAYS } from './holidays.ts'
import { PRODUCTS } from './products.ts'

/**
 * The known-answer world: a beauty brand at $65M a year on three platforms, 240 days that end on 2026-01-01T00:00Z.
 *
 * | what | answer |
 * |---|---|
 * | ROAS of Meta, Google | 3.5 to 3.8 and 2.2 to 2.5, every week |
 * | ROAS of TikTok | 2.8, falling to 1.9 from day 227 to 240: clicks cost more everywhere but in the capped campaign of C12 |
 * | creative C12 | conversion rate 0.08, falling to 0.05 from day 234 to 247, its click price capped: cost per result × 1.6 |
 * | net value of a new customer in 90 days | 128, 119, 115, 112 for June to September, to the cent |
 */
export const KNOWN_ANSWER_END_MS = Date.UTC(2026, 0, 1)
const DAYS = 240
const FIRST_DAY = KNOWN_ANSWER_END_MS / DAY_MS - DAYS
/** Day 1 is the first. */
const dayNumber = (n: number) => FIRST_DAY + n - 1

/** Hourly reports from here on; before, platforms have only days left. */
const HOURLY_FROM = dayNumber(213)

export function knownAnswerSpec(): WorldSpec {
  const accounts = [meta(), google(), tiktok()]
  return {
    name: 'known-answer',
    seed: 'known-answer 2',
    first_day: FIRST_DAY,
    days: DAYS,
    accounts,
    shops: [shop(accounts)],
    courier: {
      usual_ms: 20_000,
      late: 0.01,
      late_ms: 3_600_000,
      late_max_ms: 36 * 3_600_000,
      doubled: 0.007,
      rows_alone: false,
    },
    weekday: [0.97, 0.95, 0.96, 0.98, 1.02, 1.07, 1.05],
    holidays: HOLIDAYS.filter(({ day }) => day >= FIRST_DAY),
    fx: [
      { base: 'EUR', quote: 'USD', rate_e9: 1_150_000_000 },
      { base: 'GBP', quote: 'USD', rate_e9: 1_330_000_000 },
      { base: 'CAD', quote: 'USD', rate_e9: 720_000_000 },
    ],
    money_as_text: false,
    crm: 0,
  }
}

/** [ad, campaign, ad group, creative, country, spend a day in $, conversion rate, click rate, ROAS against the account's] */
type Row = readonly [string, string, string, string, string, number, number, number, number]

const META: readonly Row[] = [
  ['m101', 'meta-prospecting', 'meta-lookalike', 'C1', 'US', 5200, 0.045, 0.013, 1.04],
  ['m102', 'meta-prospecting', 'meta-lookalike', 'C2', 'US', 5200, 0.045, 0.012, 0.96],
  ['m103', 'meta-prospecting', 'meta-interest', 'C3', 'US', 3600, 0.05, 0.011, 1.03],
  ['m104', 'meta-prospecting', 'meta-interest', 'C4', 'US', 3600, 0.04, 0.014, 0.97],
  ['m105', 'meta-retargeting', 'meta-visitors', 'C5', 'US', 2600, 0.07, 0.018, 1.06],
  ['m106', 'meta-retargeting', 'meta-visitors', 'C1', 'US', 2600, 0.065, 0.017, 0.94],
  ['m107', 'meta-canada', 'meta-ca', 'C6', 'CA', 1100, 0.05, 0.012, 1.02],
  ['m108', 'meta-canada', 'meta-ca', 'C7', 'CA', 1100, 0.045, 0.013, 0.98],
  ['m109', 'meta-britain', 'meta-gb', 'C8', 'GB', 1000, 0.04, 0.012, 1],
]
const GOOGLE: readonly Row[] = [
  ['g201', 'google-brand', 'google-brand-terms', 'C17', 'US', 3000, 0.09, 0.08, 1.05],
  ['g202', 'google-brand', 'google-brand-terms', 'C18', 'US', 3000, 0.085, 0.075, 0.95],
  ['g203', 'google-shopping', 'google-feed', 'C19', 'US', 3000, 0.05, 0.02, 1.03],
  ['g204', 'google-shopping', 'google-feed', 'C20', 'US', 3000, 0.048, 0.021, 0.97],
  ['g205', 'google-generic', 'google-skin-care', 'C21', 'US', 1000, 0.035, 0.03, 1.02],
  ['g206', 'google-generic', 'google-skin-care', 'C22', 'US', 1000, 0.036, 0.032, 0.98],
]
const TIKTOK: readonly Row[] = [
  ['t301', 'tiktok-spark', 'tiktok-broad', 'C9', 'US', 1400, 0.04, 0.009, 1.03],
  ['t302', 'tiktok-spark', 'tiktok-broad', 'C10', 'US', 1400, 0.042, 0.01, 0.97],
  ['t303', 'tiktok-spark', 'tiktok-makeup', 'C11', 'US', 1200, 0.038, 0.011, 1.02],
  ['t304', 'tiktok-spark', 'tiktok-makeup', 'C13', 'US', 1200, 0.04, 0.01, 0.98],
  ['t305', 'tiktok-creators', 'tiktok-unboxing', 'C14', 'US', 800, 0.045, 0.012, 1.02],
  ['t306', 'tiktok-creators', 'tiktok-unboxing', 'C15', 'US', 800, 0.043, 0.011, 0.98],
  ['t307', 'tiktok-creators', 'tiktok-tutorials', 'C16', 'US', 400, 0.04, 0.01, 1],
  ['t308', 'tiktok-hero', 'tiktok-cost-cap', 'C12', 'US', 1800, 0.08, 0.012, 1],
]

const meta = () =>
  account('meta', 'act_884201', 'America/Los_Angeles', 3.68, 100, META, [0.95, 0.98, 0.988, 0.993, 0.996, 0.998, 1])
const google = () =>
  account('google', '731-555-0142', 'America/New_York', 2.37, 110, GOOGLE, [0.95, 0.98, 0.988, 0.993, 0.996, 0.998, 1])
const tiktok = () =>
  account('tiktok', '70415550188', 'UTC', TIKTOK_ROAS, 95, TIKTOK, [0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 1])

function account(
  platform: string,
  id: string,
  zone: string,
  roas: number,
  value: number,
  rows: readonly Row[],
  known: readonly number[],
): Account {
  return {
    platform,
    source: `${platform}_ads`,
    id,
    name: `Omnify Beauty on ${platform}`,
    zone,
    currency: 'USD',
    unit_micros: 10_000,
    daily: true,
    hourly_from: HOURLY_FROM,
    dispersion: 0.1,
    known,
    ads: rows.map(
      ([ad, campaign, ad_group, creative, country, spend, cvr, ctr, factor]): Ad => ({
        key: keyOf(`${platform} ${id} ${ad}`),
        id: ad,
        name: `${creative} ${ad_group}`,
        campaign,
        ad_group,
        creative,
        country,
        spend_micros: spend * 1e6,
        // ROAS = conversion rate × value / click price.
        cpc_micros: Math.round((cvr * value * 1e6) / (roas * factor)),
        ctr,
        cvr,
        value_micros: value * 1e6,
        frequency: platform === 'google' ? 1.2 : 1.7,
        hook: platform === 'google' ? 0.02 : 0.28,
        landing_page: `/pages/${creative.toLowerCase()}`,
        drifts: platform !== 'tiktok' ? [] : creative === 'C12' ? C12 : [DEARER_CLICKS],
      }),
    ),
  }
}

const TIKTOK_ROAS = 2.8
const line = (from: number, to: number, first: number, last: number, n: number) =>
  from + ((to - from) * Math.min(Math.max(n - first, 0), last - first)) / (last - first)

/** The creative wears out: seen more often first, watched and clicked less, in the end bought less. */
const C12_CVR: Drift = {
  field: 'cvr',
  first_day: dayNumber(234),
  factors: Array.from({ length: 14 }, (_, n) => line(0.08, 0.05, 234, 247, 234 + n) / 0.08),
}
const C12: readonly Drift[] = [
  C12_CVR,
  {
    field: 'frequency',
    first_day: dayNumber(220),
    factors: Array.from({ length: 28 }, (_, n) => line(1, 2.1, 0, 27, n)),
  },
  { field: 'hook', first_day: dayNumber(224), factors: Array.from({ length: 24 }, (_, n) => line(1, 0.65, 0, 23, n)) },
  { field: 'ctr', first_day: dayNumber(226), factors: Array.from({ length: 22 }, (_, n) => line(1, 0.68, 0, 21, n)) },
]

/**
 * The click price of the uncapped TikTok ads that makes the platform's ROAS follow 2.8 → 1.9 with C12 in it:
 * Σ value / Σ spend = (2.8·S_others / f + 2.8·S_C12·r) / (S_others + S_C12), r = C12's conversion rate against its best.
 */
const DEARER_CLICKS: Drift = {
  field: 'cpc',
  first_day: dayNumber(227),
  factors: Array.from({ length: 21 }, (_, n) => {
    const [others, c12] = [7200, 1800]
    const target = line(TIKTOK_ROAS, 1.9, 227, 240, 227 + n)
    const worn = line(0.08, 0.05, 234, 247, 227 + n) / 0.08
    return (TIKTOK_ROAS * others) / (target * (others + c12) - TIKTOK_ROAS * c12 * worn)
  }),
}

function shop(accounts: readonly Account[]): Shop {
  const share: Record<string, number> = { meta: 0.34, google: 0.16, tiktok: 0.12 }
  return {
    key: keyOf('shop'),
    source: 'shopify',
    prefix: '',
    zone: 'America/New_York',
    currency: 'USD',
    unit_micros: 10_000,
    products: PRODUCTS.map((product) => ({ ...product, price_units: product.price_usd * 100 })),
    countries: [
      { country: 'US', weight: 0.86 },
      { country: 'CA', weight: 0.08 },
      { country: 'GB', weight: 0.06 },
    ],
    organic_weight: 0.38,
    referrers: accounts.flatMap((account) => {
      const claimed = ({ spend_micros, cvr, value_micros, cpc_micros }: Ad) =>
        (spend_micros * cvr * value_micros) / cpc_micros
      const total = account.ads.reduce((sum, ad) => sum + claimed(ad), 0)
      return account.ads.map((ad) => ({ account, ad, weight: (share[account.platform]! * claimed(ad)) / total }))
    }),
    groups: 24,
    value_90d: { '2025-05': 131, '2025-06': 128, '2025-07': 119, '2025-08': 115, '2025-09': 112, '': 112 },
    subscribers: 14_000,
    subscriber_units: 130,
    guest_units: 220,
    // A little over the mark: what the TikTok decline takes away.
    day_units: 65_150_000 / 365,
    guests: 0,
    rates: {
      edited: 0.02,
      cancelled: 0.01,
      returned: 0.03,
      voided: 0.005,
      test_orders: 2,
      late_path: 0.01,
      transactions: 0,
      registered: 0.06,
      touched: 0.3,
      web: 0.03,
    },
  }
}

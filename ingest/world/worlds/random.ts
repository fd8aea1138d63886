import { DAY_MS, parseDay } from '../../../schemas/zone.ts'
import { keyOf, Random, STREAM } from '../random.ts'
import type { Account, Ad, Shop, WorldSpec } from '../spec.ts'
import { HOLIDAYS } from './holidays.ts'
import { PRODUCTS } from './products.ts'

export type RandomOptions = {
  readonly days: number
  /** First day; or one just before some zone changes its clocks. */
  readonly first_day: number | 'clock_change'
  /** Heavy: a fifth comes late, a sixth twice, each row alone. */
  readonly courier: 'usual' | 'heavy'
  /** Whether accounts may send the same delivery twice, by the hour and by the day. */
  readonly slices: 'one' | 'any'
  /** Groups of 20 new customers per shop and day. */
  readonly groups: number
  readonly subscribers: number
  readonly guests: number
  /** Ads per account, at most. */
  readonly ads: number
}

/** A world made up by its seed: shops and accounts in several currencies and zones. */
export function randomSpec(seed: string | number, options: RandomOptions): WorldSpec {
  const random = new Random(seed).reseed(STREAM.spec)
  const heavy = options.courier === 'heavy'
  const first_day = options.first_day === 'clock_change' ? random.one(CLOCK_CHANGES) - 2 : options.first_day
  const places = shuffled(random, PLACES).slice(0, 2 + random.below(2))
  const hour_ms = 3_600_000
  const accounts = places.flatMap((place, n) => accountsOf(random, place, n, first_day, options))
  const shops = places.slice(0, 1 + random.below(places.length)).map((place, n, all) =>
    shopOf(
      random,
      place,
      n,
      options,
      accounts.filter((_, i) => i % all.length === n),
    ),
  )
  return {
    name: `seed ${seed}`,
    seed,
    first_day,
    days: options.days,
    accounts,
    shops,
    courier: {
      usual_ms: heavy ? 600_000 : 30_000,
      late: heavy ? 0.2 : 0.02,
      late_ms: heavy ? 9 * hour_ms : hour_ms,
      late_max_ms: heavy ? 72 * hour_ms : 36 * hour_ms,
      doubled: heavy ? 0.15 : 0.02,
      rows_alone: heavy,
    },
    weekday: [0.95, 0.94, 0.96, 0.98, 1.03, 1.08, 1.06],
    holidays: [
      ...HOLIDAYS.filter(({ day }) => day >= first_day && day < first_day + options.days + 400),
      { country: places[0]!.country, day: first_day + 1, name: "Founders' Day", lift: 0.1 },
    ],
    fx: PLACES.filter(({ currency }) => currency !== 'USD').map(({ currency, rate }) => ({
      base: currency,
      quote: 'USD',
      rate_e9: Math.round(rate * 1e9),
    })),
    money_as_text: random.chance(0.5),
    crm: heavy ? 1 : 0,
  }
}

type Place = {
  readonly zone: string
  readonly country: string
  readonly currency: string
  readonly unit_micros: number
  /** Dollars per unit of the currency, about. */
  readonly rate: number
}

/** Zones with half and quarter hours, and with clock changes of 60 and 30 minutes; currencies with 0, 2 and 3 digits. */
const PLACES: readonly Place[] = [
  { zone: 'America/New_York', country: 'US', currency: 'USD', unit_micros: 10_000, rate: 1 },
  { zone: 'America/Los_Angeles', country: 'US', currency: 'USD', unit_micros: 10_000, rate: 1 },
  { zone: 'America/St_Johns', country: 'CA', currency: 'CAD', unit_micros: 10_000, rate: 0.72 },
  { zone: 'Europe/Berlin', country: 'DE', currency: 'EUR', unit_micros: 10_000, rate: 1.15 },
  { zone: 'Europe/London', country: 'GB', currency: 'GBP', unit_micros: 10_000, rate: 1.33 },
  { zone: 'Asia/Kathmandu', country: 'NP', currency: 'USD', unit_micros: 10_000, rate: 1 },
  { zone: 'Asia/Tokyo', country: 'JP', currency: 'JPY', unit_micros: 1_000_000, rate: 0.0068 },
  { zone: 'Asia/Kuwait', country: 'KW', currency: 'KWD', unit_micros: 1000, rate: 3.25 },
  { zone: 'Australia/Lord_Howe', country: 'AU', currency: 'AUD', unit_micros: 10_000, rate: 0.65 },
  { zone: 'Pacific/Auckland', country: 'NZ', currency: 'NZD', unit_micros: 10_000, rate: 0.58 },
]

const CLOCK_CHANGES = [
  '2025-03-09',
  '2025-03-30',
  '2025-04-06',
  '2025-09-28',
  '2025-10-05',
  '2025-10-26',
  '2025-11-02',
].map((date) => parseDay(date)!)

const PLATFORMS = ['meta', 'google', 'tiktok'] as const

function accountsOf(random: Random, place: Place, n: number, first_day: number, options: RandomOptions): Account[] {
  const { zone, currency, unit_micros } = place
  return shuffled(random, PLATFORMS)
    .slice(0, 1 + random.below(2))
    .map((platform): Account => {
      const id = `${platform}-${n}`
      const shape = random.below(3)
      const hourly_from = shape === 0 ? first_day : shape === 1 ? first_day + Math.floor(options.days / 2) : Infinity
      return {
        platform,
        source: `${platform}_ads`,
        id,
        name: `Account ${n} on ${platform}`,
        zone,
        currency,
        unit_micros,
        daily: random.chance(0.5) && options.slices === 'any',
        hourly_from,
        dispersion: 1,
        known: [0.6, 0.8, 0.88, 0.94, 0.97, 0.99, 1],
        ads: Array.from({ length: 1 + random.below(options.ads) }, (_, a) => adOf(random, place, id, platform, a)),
      }
    })
}

function adOf(random: Random, { country, rate }: Place, account: string, platform: string, n: number): Ad {
  const value = (60 + random.below(60)) / rate
  const cvr = 0.03 + 0.05 * random.unit()
  return {
    key: keyOf(`${platform} ${account} ${n}`),
    id: `${account}-ad${n}`,
    name: `Ad ${n} of ${account}`,
    campaign: `${account}-campaign${n % 2}`,
    ad_group: `${account}-group${n}`,
    // Creatives are shared by ads, as on the platforms.
    creative: `${platform}-creative${n % 3}`,
    country,
    spend_micros: Math.round(((100 + 300 * random.unit()) / rate) * 1e6),
    cpc_micros: Math.round(((cvr * value) / (2 + 2 * random.unit())) * 1e6),
    ctr: 0.008 + 0.02 * random.unit(),
    cvr,
    value_micros: Math.round(value * 1e6),
    frequency: 1.2 + random.unit(),
    hook: 0.25,
    landing_page: `/pages/${platform}-${n}`,
    drifts: [],
  }
}

function shopOf(random: Random, place: Place, n: number, options: RandomOptions, accounts: readonly Account[]): Shop {
  const { zone, currency, unit_micros, rate, country } = place
  const value = Math.round((80 + 60 * random.unit()) / rate)
  const heavy = options.courier === 'heavy'
  return {
    key: keyOf(`shop ${n}`),
    source: `shop${n}`,
    prefix: `${n}-`,
    zone,
    currency,
    unit_micros,
    products: PRODUCTS.map(({ price_usd, ...p }) => ({
      ...p,
      price_units: Math.round((price_usd * 1e6) / rate / unit_micros),
    })),
    countries: [
      { country, weight: 0.8 },
      { country: 'FR', weight: 0.2 },
    ],
    referrers: accounts.flatMap((account) =>
      account.ads.map((ad) => ({ account, ad, weight: 0.6 / account.ads.length })),
    ),
    organic_weight: 0.4,
    groups: options.groups,
    value_90d: { '': value },
    subscribers: options.subscribers,
    subscriber_units: Math.round(value * 0.9),
    guest_units: Math.round(value * 1.4),
    day_units: null,
    guests: options.guests,
    rates: {
      edited: heavy ? 0.2 : 0.03,
      cancelled: heavy ? 0.08 : 0.01,
      returned: heavy ? 0.15 : 0.03,
      voided: heavy ? 0.06 : 0.005,
      test_orders: 1,
      late_path: heavy ? 0.15 : 0.02,
      transactions: heavy ? 0.05 : 0.005,
      registered: heavy ? 0.2 : 0.06,
      touched: 0.4,
      web: heavy ? 0.15 : 0.03,
    },
  }
}

/** The first day of a world whose history ends before the given instant. */
export function firstDayFor(end_ms: number, days: number): number {
  return Math.floor(end_ms / DAY_MS) - days
}

function shuffled<T>(random: Random, list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, at: random.unit() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

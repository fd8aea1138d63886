import { INJECTION_KINDS, type Injection, type InjectionKind, readInjection } from '../../ingest/world/injection.ts'
import type { Account, WorldSpec } from '../../ingest/world/spec.ts'
import { randomSpec } from '../../ingest/world/worlds/random.ts'
import { type Random, seeded } from '../../models/math/random.ts'
import { DAY_MS, HOUR_MS, parseDay } from '../../schemas/zone.ts'

/** A business and what goes wrong in it, one thing after the other. */
export type Troubled = { readonly spec: WorldSpec; readonly injections: readonly Injection[] }

/** Days without trouble, in which the series are learnt. */
const QUIET_DAYS = 21
/** Days from one issue to the next, so that each has its own. */
const APART_DAYS = 4
/** No zone of the northern half changes its clocks within these days. */
const FIRST_DAY = parseDay('2025-05-05')!
export const FROM_MS = (FIRST_DAY + QUIET_DAYS) * DAY_MS

/**
 * Each class of issue once, in an order, at times, in places and of sizes that follow from the seed.
 *
 * @param issues as many of them; days follow from it
 */
export function drawTroubled(seed: number, issues: number): Troubled {
  const random = seeded(seed)
  const spec = drawSpec(seed, QUIET_DAYS + issues * APART_DAYS + 1, random)
  const kinds = INJECTION_KINDS.map((kind) => ({ kind, at: random() })).sort((a, b) => a.at - b.at)
  const injections = kinds.slice(0, issues).map(({ kind }, n) => {
    const day = FIRST_DAY + QUIET_DAYS + n * APART_DAYS
    const from_ms = day * DAY_MS + Math.floor(random() * 24 * 60) * 60_000
    const { hours, scope, size } = drawIssue(kind, spec, random)
    // A holiday begins when its day does.
    const result = readInjection(spec, { kind, scope, size, hours }, kind === 'holiday' ? day * DAY_MS : from_ms)
    if (!result.ok) throw new Error(`seed ${seed}: ${kind} ${result.path} ${result.reason}`)
    return result.injection
  })
  return { spec, injections }
}

/** Accounts from a few hundred to some ten thousand clicks a day, shops from two hundred to three thousand orders. */
function drawSpec(seed: number, days: number, random: Random): WorldSpec {
  const sizes = { groups: 1, subscribers: 50, guests: 0, ads: 5 } as const
  const spec = randomSpec(`detection ${seed}`, {
    ...sizes,
    days,
    first_day: FIRST_DAY,
    courier: 'usual',
    slices: 'one',
  })
  const isWhole = ({ zone }: { readonly zone: string }) => !HALF_HOURS.has(zone)
  const accounts = spec.accounts.map((account): Account => {
    const volume = 3 * 20 ** random()
    return {
      ...account,
      zone: isWhole(account) ? account.zone : 'Europe/Berlin',
      hourly_from: FIRST_DAY,
      daily: false,
      ads: account.ads.map((ad) => ({ ...ad, spend_micros: Math.round(ad.spend_micros * volume) })),
    }
  })
  const shops = spec.shops.slice(0, 1).map((shop) => ({
    ...shop,
    zone: isWhole(shop) ? shop.zone : 'Europe/Berlin',
    guests: Math.round(200 * 15 ** random()),
    referrers: accounts.flatMap((account) =>
      account.ads.map((ad) => ({ account, ad, weight: 0.6 / (accounts.length * account.ads.length) })),
    ),
  }))
  return { ...spec, accounts, shops }
}

const HALF_HOURS = new Set(['America/St_Johns', 'Asia/Kathmandu', 'Australia/Lord_Howe'])

/**
 * Where, how long and how much. What a bid, a robot or a price may do is drawn from ranges that reach beyond those of
 * the classifier's signatures, where numbers are at most six times what they were.
 */
function drawIssue(kind: InjectionKind, spec: WorldSpec, random: Random) {
  const between = (low: number, high: number) => low + (high - low) * random()
  const part = between(0.3, 0.95)
  const ads = placeOf(spec, random)
  switch (kind) {
    case 'tracking_break':
      return { scope: { platform: ads.platform }, size: part, hours: between(6, 36) }
    case 'site_outage':
      return { scope: {}, size: part, hours: between(3, 12) }
    case 'budget_exhausted':
      return { scope: ads, size: part, hours: between(24, 60) }
    case 'reporting_delay':
      return { scope: { platform: ads.platform }, size: part, hours: between(4, 12) }
    case 'bid_change':
      return { scope: ads, size: random() < 0.5 ? -between(0.3, 0.9) : between(0.3, 5), hours: between(24, 60) }
    case 'stock_out':
      return { scope: {}, size: between(0.5, 1), hours: between(12, 48) }
    case 'creative_fatigue':
      return { scope: ads, size: part, hours: between(36, 72) }
    case 'holiday':
      return { scope: {}, size: between(0.3, 2), hours: 24 }
    case 'fraud':
      return { scope: ads, size: between(0.3, 3), hours: between(4, 24) }
    case 'price_change':
      return { scope: {}, size: random() < 0.5 ? -between(0.3, 0.6) : between(0.3, 2), hours: between(12, 48) }
  }
}

/** One platform, or one of its campaigns. */
function placeOf(spec: WorldSpec, random: Random): { platform: string; campaign?: string } {
  const { ads, platform } = spec.accounts[Math.floor(random() * spec.accounts.length)]!
  const { campaign } = ads[Math.floor(random() * ads.length)]!
  return random() < 0.5 ? { platform } : { platform, campaign }
}

/** The time in which what is found of an issue may still be told: its own, and as long as its longest sum. */
export function spanOf({ from_ms, to_ms }: Injection): { readonly from_ms: number; readonly to_ms: number } {
  return { from_ms, to_ms: to_ms + 12 * HOUR_MS }
}

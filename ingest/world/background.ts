import { DAY_MS } from '../../schemas/zone.ts'
import { send } from './courier.ts'
import type { Injection } from './injection.ts'
import { injectionEvents } from './injection-events.ts'
import type { Generator, Recorder, WorldEvent } from './model.ts'
import { Random, STREAM } from './random.ts'
import type { Account, Ad, WorldSpec } from './spec.ts'
import { dayText, iso } from './time.ts'

/**
 * Draws what stands around the business, by UTC day: ad objects and their budgets with the change log, products with
 * stock, exchange rates, holidays, the CRM, and the traces that injections leave outside the measured numbers.
 */
export function backgroundGenerator(spec: WorldSpec, injections: readonly Injection[]): Generator {
  const random = new Random(spec.seed)

  return {
    zone: 'UTC',
    lead_days: 0,
    lookback_days: 9 + Math.ceil((2 * spec.courier.late_max_ms) / DAY_MS),
    plan_days: 0,
    prepare() {},
    day(day, out) {
      random.reseed(STREAM.side, day)
      const post = poster(day, out)
      if (day === spec.first_day) for (const account of spec.accounts) announce(account, post)
      for (const account of spec.accounts) budgets(account, day, post)
      for (const { base, quote, rate_e9 } of spec.fx) {
        const rate = Math.round(rate_e9 * (1 + 0.004 * random.normal())) / 1e9
        post('fx', 'fx_rate.observed', `${base}${quote}:${dayText(day)}`, 60_000, {
          base,
          quote,
          day: dayText(day),
          rate,
        })
      }
      for (const { country, day: when, name } of spec.holidays) {
        // Known three weeks ahead; those of the first weeks are known from the start.
        if (Math.max(spec.first_day, when - 21) !== day) continue
        const data = { country, day: dayText(when), name }
        post('calendar', 'holiday.observed', `${country}:${dayText(when)}:${name}`, 120_000, data)
      }
      products(day, post)
      crm(day, out)
      for (const { at_ms, source, type, id, data } of injectionEvents(spec, injections)) {
        if (Math.floor(at_ms / DAY_MS) === day) post(source, type, id, at_ms - day * DAY_MS, data)
      }
    },
  }

  type Post = (source: string, type: string, id: string, after_ms: number, data: Record<string, unknown>) => void

  function poster(day: number, out: Recorder): Post {
    return (source, type, id, after_ms, data) => {
      const arrival = send(random, spec.courier, day * DAY_MS + after_ms)
      out.other(arrival, () => eventOf(source, type, id, arrival.occurred_ms, data))
    }
  }

  function announce(account: Account, post: Post): void {
    const { platform, source, id, zone, currency } = account
    const base = { platform, account: id, status: 'active', valid_from: iso(spec.first_day * DAY_MS) }
    const entity = (kind: string, name: string, data: Record<string, unknown>) =>
      post(source, 'ad_entity.observed', `${platform}:${id}:${kind}:${data.entity}`, 1000, {
        ...base,
        kind,
        name,
        ...data,
      })
    entity('account', account.name, { entity: id, currency, time_zone: zone })
    for (const [campaign, ads] of byCampaign(account)) {
      const data = { entity: campaign, campaign, objective: 'sales', currency, daily_budget: budgetOf(ads, 0, 0) }
      entity('campaign', nameOf(campaign), data)
    }
    for (const group of new Map(account.ads.map((ad) => [ad.ad_group, ad])).values()) {
      entity('ad_group', nameOf(group.ad_group), {
        entity: group.ad_group,
        ad_group: group.ad_group,
        campaign: group.campaign,
      })
    }
    for (const { id: ad, name, campaign, ad_group, creative } of account.ads) {
      entity('ad', name, { entity: ad, ad, campaign, ad_group, creative })
    }
    for (const creative of new Set(account.ads.map((ad) => ad.creative))) {
      entity('creative', `Creative ${creative}`, { entity: creative, creative })
    }
  }

  /** Every campaign's budget is touched once in thirty days; it never binds. */
  function budgets(account: Account, day: number, post: Post): void {
    const age = day - spec.first_day
    for (const [campaign, ads] of byCampaign(account)) {
      const phase = Math.abs(ads[0]!.key) % 30
      if (age === 0 || age % 30 !== phase) continue
      const nth = Math.floor((age + 30 - phase) / 30)
      const [old, fresh] = [budgetOf(ads, phase, nth - 1), budgetOf(ads, phase, nth)]
      if (old === fresh) continue
      const { platform, source, id } = account
      const at_ms = 9 * 3_600_000 + random.below(8 * 3_600_000)
      const path = { platform, account: id, campaign, entity: campaign }
      post(source, 'ad_entity.observed', `${platform}:${id}:campaign:${campaign}`, at_ms, {
        ...path,
        kind: 'campaign',
        name: nameOf(campaign),
        status: 'active',
        objective: 'sales',
        currency: account.currency,
        daily_budget: fresh,
        valid_from: iso(day * DAY_MS + at_ms),
      })
      post(source, 'change.recorded', `${platform}:${id}:${campaign}:budget:${dayText(day)}`, at_ms, {
        ...path,
        entity_kind: 'campaign',
        actor: 'media buyer',
        field: 'daily_budget',
        old: String(old),
        new: String(fresh),
      })
    }
  }

  function products(day: number, post: Post): void {
    for (const shop of spec.shops) {
      for (const [n, { id, title, price_units }] of shop.products.entries()) {
        const stock = 2000 - (((day * 61 + n * 397) % 30) * 55 + random.below(30))
        const price = (price_units * shop.unit_micros) / 1e6
        const data = { product: id, title, currency: shop.currency, price, available: true, stock }
        post(shop.source, 'product.observed', id, 5 * 3_600_000 + n * 1000, data)
      }
    }
  }

  function crm(day: number, out: Recorder): void {
    for (let n = 0; n < spec.crm; n++) {
      const customer = `crm-${day - spec.first_day}-${n}`
      let at_ms = day * DAY_MS + 8 * 3_600_000 + random.below(8 * 3_600_000)
      const common = {
        kind: 'opportunity',
        customer,
        pipeline: 'wholesale',
        currency: 'USD',
        value: 500 + random.below(5000),
      }
      for (const stage of ['lead', 'offer', random.chance(0.5) ? 'won' : 'lost']) {
        const data = { ...common, stage, status: stage }
        const arrival = send(random, spec.courier, at_ms)
        out.other(arrival, () => eventOf('crm', 'customer.observed', customer, arrival.occurred_ms, data))
        at_ms += 3_600_000 + random.below(2 * DAY_MS)
      }
    }
  }
}

function eventOf(source: string, type: string, id: string, at_ms: number, data: Record<string, unknown>): WorldEvent {
  return { id, source, type, version: 1, occurred_at: iso(at_ms), data }
}

function byCampaign(account: Account): Map<string, Ad[]> {
  const campaigns = new Map<string, Ad[]>()
  for (const ad of account.ads) campaigns.set(ad.campaign, [...(campaigns.get(ad.campaign) ?? []), ad])
  return campaigns
}

/** A third above what is spent, to whole tens, wandering by up to 6 % from one change to the next. */
function budgetOf(ads: readonly Ad[], phase: number, nth: number): number {
  const spend = ads.reduce((sum, { spend_micros }) => sum + spend_micros, 0) / 1e6
  return Math.max(10, Math.round((spend * (1.33 + 0.06 * Math.sin(phase + 2.4 * nth))) / 10) * 10)
}

function nameOf(id: string): string {
  return id.replace(/[-_]/g, ' ').replace(/\b[a-z]/g, (letter) => letter.toUpperCase())
}

import { type Injection, matches } from './injection.ts'
import type { Account, Ad, WorldSpec } from './spec.ts'
import { dayText, iso } from './time.ts'

/** What an injection leaves in the change log, the catalogue or the calendar: the evidence a person would find. */
type Trace = {
  readonly at_ms: number
  readonly source: string
  readonly type: string
  readonly id: string
  readonly data: Record<string, unknown>
}

export function injectionEvents(spec: WorldSpec, injections: readonly Injection[]): Trace[] {
  return injections.flatMap((injection, n): Trace[] => {
    switch (injection.kind) {
      case 'bid_change':
        return bids(spec, injection, n)
      case 'stock_out':
      case 'price_change':
        return catalogue(spec, injection)
      case 'holiday':
        return [holiday(spec, injection)]
      default:
        // A broken pixel, an outage, robots and a tired creative announce themselves nowhere; a budget runs out silently.
        return []
    }
  })
}

function bids(spec: WorldSpec, injection: Injection, n: number): Trace[] {
  const ends = [
    { at_ms: injection.from_ms, from: 1, to: 1 + injection.size },
    { at_ms: injection.to_ms, from: 1 + injection.size, to: 1 },
  ]
  return campaignsIn(spec, injection).flatMap(({ account, ad }) =>
    ends.map(({ at_ms, from, to }) => ({
      at_ms,
      source: account.source,
      type: 'change.recorded',
      id: `${account.platform}:${account.id}:${ad.campaign}:bid:${n}:${at_ms}`,
      data: {
        platform: account.platform,
        account: account.id,
        campaign: ad.campaign,
        entity_kind: 'campaign',
        entity: ad.campaign,
        actor: 'bidding tool',
        field: 'bid',
        old: ((ad.cpc_micros / 1e6) * from).toFixed(2),
        new: ((ad.cpc_micros / 1e6) * to).toFixed(2),
      },
    })),
  )
}

function catalogue(spec: WorldSpec, injection: Injection): Trace[] {
  const out = injection.kind === 'stock_out' && injection.size >= 0.5
  return spec.shops.flatMap((shop) =>
    shop.products
      .filter(({ id }) => injection.product === null || injection.product === id)
      .flatMap(({ id, title, price_units }) =>
        [true, false].map((begins) => {
          const factor = begins && injection.kind === 'price_change' ? 1 + injection.size : 1
          const price = (Math.round(price_units * factor) * shop.unit_micros) / 1e6
          const stock = begins && out ? 0 : 1500
          return {
            at_ms: begins ? injection.from_ms : injection.to_ms,
            source: shop.source,
            type: 'product.observed',
            id,
            data: { product: id, title, currency: shop.currency, price, available: stock > 0, stock },
          }
        }),
      ),
  )
}

function holiday(spec: WorldSpec, { from_ms, scope }: Injection): Trace {
  const country = scope.country ?? spec.shops[0]!.countries[0]!.country
  const day = dayText(Math.floor(from_ms / 86_400_000))
  const data = { country, day, name: 'Flash holiday' }
  return {
    at_ms: from_ms,
    source: 'calendar',
    type: 'holiday.observed',
    id: `${country}:${day}:flash:${iso(from_ms)}`,
    data,
  }
}

function campaignsIn(spec: WorldSpec, { scope }: Injection): { account: Account; ad: Ad }[] {
  const found = new Map<string, { account: Account; ad: Ad }>()
  for (const account of spec.accounts) {
    for (const ad of account.ads) {
      const place = { ...ad, ad: ad.id, platform: account.platform, account: account.id }
      if (!matches(scope, place, ['platform', 'account', 'campaign', 'ad_group', 'ad', 'creative', 'country'])) continue
      const key = `${account.id} ${ad.campaign}`
      if (!found.has(key)) found.set(key, { account, ad })
    }
  }
  return [...found.values()]
}

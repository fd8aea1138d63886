import { HOUR_MS } from '../../schemas/zone.ts'
import type { WorldSpec } from './spec.ts'

/** A cause that is put into a world from outside, for a while. It never touches a measured number directly. */
export type Injection = {
  readonly kind: InjectionKind
  readonly scope: Scope
  /** 0.5 is half: of conversions lost, of orders lost, of the bid added; what it means is in `effects.ts`. */
  readonly size: number
  readonly from_ms: number
  readonly to_ms: number
  /** For what concerns a product: which, and its share of orders. */
  readonly product: string | null
  readonly product_share: number
}

export const INJECTION_KINDS = [
  'tracking_break',
  'site_outage',
  'budget_exhausted',
  'reporting_delay',
  'bid_change',
  'stock_out',
  'creative_fatigue',
  'holiday',
  'fraud',
  'price_change',
] as const
export type InjectionKind = (typeof INJECTION_KINDS)[number]

export const SCOPE_FIELDS = [
  'platform',
  'account',
  'campaign',
  'ad_group',
  'ad',
  'creative',
  'country',
  'device',
  'product',
] as const
export type Scope = { readonly [K in (typeof SCOPE_FIELDS)[number]]?: string }

export type InjectionResult =
  | { readonly ok: true; readonly injection: Injection }
  | { readonly ok: false; readonly path: string; readonly reason: string }

export const HOURS_MAX = 24 * 90

/**
 * Reads `{"kind","scope":{"platform":"tiktok"},"size":0.5,"hours":6}` as an injection that begins at `from_ms`.
 * A scope that no ad, shop or product of the world answers to is refused: it would do nothing, silently.
 */
export function readInjection(spec: WorldSpec, raw: unknown, from_ms: number): InjectionResult {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return refuse('', 'not an object')
  const { kind, scope = {}, size, hours, ...rest } = raw as Record<string, unknown>
  const [surplus] = Object.keys(rest)
  if (surplus !== undefined) return refuse(surplus, 'unknown field')
  if (!INJECTION_KINDS.includes(kind as InjectionKind)) return refuse('kind', `one of ${INJECTION_KINDS.join(', ')}`)
  const signed = kind === 'bid_change' || kind === 'price_change'
  const [min, max] = signed ? [-0.9, 5] : GROWING.has(kind as string) ? [0, 5] : [0, 1]
  if (typeof size !== 'number' || !(size >= min && size <= max) || size === 0) {
    return refuse('size', `a number from ${min} to ${max}, not 0`)
  }
  if (typeof hours !== 'number' || !(hours > 0 && hours <= HOURS_MAX)) {
    return refuse('hours', `a number above 0 and up to ${HOURS_MAX}`)
  }
  const place = readScope(spec, scope)
  if (!place.ok) return place
  const product = place.scope.product ?? (kind === 'stock_out' ? bestSeller(spec) : null)
  return {
    ok: true,
    injection: {
      kind: kind as InjectionKind,
      scope: place.scope,
      size,
      from_ms,
      to_ms: from_ms + Math.round(hours * HOUR_MS),
      product,
      product_share: product === null ? 1 : shareOf(spec, product),
    },
  }
}

const GROWING: ReadonlySet<string> = new Set(['holiday', 'fraud'])

function readScope(spec: WorldSpec, raw: unknown) {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return refuse('scope', 'not an object')
  for (const [field, value] of Object.entries(raw)) {
    if (!SCOPE_FIELDS.includes(field as keyof Scope))
      return refuse(`scope/${field}`, `one of ${SCOPE_FIELDS.join(', ')}`)
    if (typeof value !== 'string' || !valuesOf(spec, field).has(value)) {
      return refuse(`scope/${field}`, `one of ${[...valuesOf(spec, field)].slice(0, 40).join(', ')}`)
    }
  }
  const scope = raw as Scope
  const someAd = spec.accounts.some(({ platform, id, ads }) =>
    ads.some((ad) => matches(scope, { ...ad, ad: ad.id, platform, account: id }, AD_FIELDS)),
  )
  return someAd ? { ok: true as const, scope } : refuse('scope', 'no ad of this world is in all of these at once')
}

const AD_FIELDS = ['platform', 'account', 'campaign', 'ad_group', 'ad', 'creative'] as const
type Place = { readonly [K in keyof Scope]?: string | null | undefined }

/** Whether a place lies in the scope, by the given fields; a place without a value is in no scope that names one. */
export function matches(scope: Scope, place: Place, fields: readonly (keyof Scope)[]): boolean {
  return fields.every((field) => scope[field] === undefined || scope[field] === place[field])
}

function valuesOf(spec: WorldSpec, field: string): ReadonlySet<string> {
  const values = new Set<string>(field === 'device' ? ['mobile', 'desktop', 'tablet'] : [])
  for (const { platform, id, ads } of spec.accounts) {
    if (field === 'platform') values.add(platform)
    if (field === 'account') values.add(id)
    for (const ad of ads) {
      if (field === 'ad') values.add(ad.id)
      else if (field === 'campaign' || field === 'ad_group' || field === 'creative' || field === 'country') {
        values.add(ad[field])
      }
    }
  }
  for (const shop of spec.shops) {
    if (field === 'product') for (const { id } of shop.products) values.add(id)
    if (field === 'country') for (const { country } of shop.countries) values.add(country)
  }
  return values
}

function bestSeller(spec: WorldSpec): string {
  return spec.shops[0]!.products.reduce((best, product) => (product.weight > best.weight ? product : best)).id
}

function shareOf(spec: WorldSpec, id: string): number {
  const products = spec.shops.flatMap((shop) => shop.products)
  const total = products.reduce((sum, { weight }) => sum + weight, 0)
  return products.reduce((sum, product) => sum + (product.id === id ? product.weight : 0), 0) / total
}

function refuse(path: string, reason: string) {
  return { ok: false as const, path, reason }
}

import {
  count,
  date,
  fits,
  flag,
  instant,
  integer,
  isObject,
  list,
  maybe,
  micros,
  offset,
  type Shape,
  text,
  word,
} from './canonical-checks.ts'
import { familyOf } from './events/registry.ts'

/**
 * Whether a value that spells itself canonical really is. The embedded log is written by nobody but us; on Kafka
 * anyone with access to the topic may write such a value, and one that is not well-formed must become a dead letter
 * and not stop the pipeline. Fields that no row reads are left alone.
 */
export function isWellFormed(value: unknown): boolean {
  if (!isObject(value) || value.c !== 1) return false
  const shape = SHAPES[value.type as string]
  if (shape === undefined || !familyOf.has(value.type as string)) return false
  return fits(ENVELOPE, value) && isObject(value.data) && fits(shape, value.data) && fitsSealed(value.sealed)
}

/** The same for a reject. */
export function isReject(value: unknown): boolean {
  return (
    isObject(value) &&
    value.c === 0 &&
    fits(REJECT, value) &&
    isObject(value.rejection) &&
    fits(REJECTION, value.rejection)
  )
}

const ENVELOPE: Shape = {
  tenant: word,
  source: word,
  version: (value) => count(value) && (value as number) < 65_536,
  id: word,
  occurred_ms: instant,
  h: (value) => typeof value === 'string' && /^[0-9a-f]{16}$/.test(value),
  run: maybe(word),
}

const REJECT: Shape = {
  tenant: word,
  source: text,
  run: maybe(word),
  raw_sealed: (value) => typeof value === 'string',
}

const REJECTION: Shape = { code: word, path: text, reason: text }

const AD_PATH: Shape = {
  platform: maybe(word),
  account: maybe(word),
  campaign: maybe(word),
  ad_group: maybe(word),
  ad: maybe(word),
  creative: maybe(word),
  country: maybe(word),
  device: maybe(word),
}

const PLACE: Shape = { day: date, offset_min: offset, time_zone: word }

const SHAPES: Readonly<Record<string, Shape>> = {
  'order.observed': {
    ...AD_PATH,
    ...PLACE,
    ordered_ms: instant,
    currency: word,
    total_micros: micros,
    status: word,
    subtotal_micros: maybe(micros),
    tax_micros: maybe(micros),
    shipping_micros: maybe(micros),
    discount_micros: maybe(micros),
    cancelled_ms: maybe(instant),
    test: maybe(flag),
    customer: maybe(word),
    landing_page: maybe(text),
    lines: maybe(
      list({
        product: word,
        quantity: count,
        price_micros: micros,
        line: maybe(word),
        variant: maybe(word),
        title: maybe(text),
        discount_micros: maybe(micros),
      }),
    ),
  },
  'order.refunded': {
    ...AD_PATH,
    ...PLACE,
    order: word,
    refunded_ms: instant,
    kind: word,
    success: flag,
    currency: maybe(word),
    amount_micros: maybe(micros),
    test: maybe(flag),
    customer: maybe(word),
    lines: maybe(list({ product: word, quantity: count, line: maybe(word), amount_micros: maybe(micros) })),
  },
  'ad_delivery.observed': {
    ...AD_PATH,
    platform: word,
    account: word,
    level: word,
    asset_group: maybe(word),
    day: date,
    time_zone: word,
    currency: word,
    hour_ms: maybe(instant),
    segment: maybe(text),
    attribution_setting: maybe(text),
    impressions: maybe(count),
    clicks: maybe(count),
    spend_micros: maybe(micros),
    conversions_micros: maybe(micros),
    claimed_micros: maybe(micros),
    reach: maybe(count),
    frequency_micros: maybe(micros),
    video_views: maybe(count),
    actions: maybe(
      list({
        action_type: text,
        window: text,
        time_basis: word,
        count_micros: maybe(micros),
        value_micros: maybe(micros),
      }),
    ),
  },
  'ad_entity.observed': {
    ...AD_PATH,
    platform: word,
    account: word,
    kind: word,
    entity: word,
    valid_from_ms: instant,
    name: maybe(text),
    status: maybe(text),
    objective: maybe(text),
    daily_budget_micros: maybe(micros),
    lifetime_budget_micros: maybe(micros),
    currency: maybe(word),
    time_zone: maybe(word),
  },
  'customer.observed': {
    kind: word,
    customer: word,
    created_ms: maybe(instant),
    country: maybe(word),
    tags: maybe((value) => Array.isArray(value) && value.every((tag) => text(tag))),
    segment: maybe(text),
    channel: maybe(text),
    pipeline: maybe(word),
    stage: maybe(text),
    status: maybe(text),
    value_micros: maybe(micros),
    currency: maybe(word),
  },
  'product.observed': {
    product: word,
    variant: maybe(word),
    title: maybe(text),
    currency: maybe(word),
    price_micros: maybe(micros),
    available: maybe(flag),
    stock: maybe(integer),
  },
  'touch.recorded': {
    ...AD_PATH,
    kind: word,
    visitor: maybe(word),
    customer: maybe(word),
    session: maybe(word),
    utm_source: maybe(text),
    utm_medium: maybe(text),
    utm_campaign: maybe(text),
    utm_content: maybe(text),
    utm_term: maybe(text),
    click_ids: maybe(isObject),
    landing_page: maybe(text),
    referrer: maybe(text),
  },
  'web.recorded': {
    ...AD_PATH,
    kind: word,
    name: maybe(text),
    visitor: maybe(word),
    customer: maybe(word),
    session: maybe(word),
    order: maybe(word),
    product: maybe(word),
    quantity: maybe(count),
    value_micros: maybe(micros),
    currency: maybe(word),
    page: maybe(text),
    referrer: maybe(text),
  },
  'change.recorded': {
    ...AD_PATH,
    platform: word,
    entity_kind: text,
    entity: word,
    actor: maybe(text),
    field: text,
    old: maybe(text),
    new: maybe(text),
  },
  'fx_rate.observed': { base: word, quote: word, day: date, rate_e9: (value) => count(value) && value !== 0 },
  'holiday.observed': { country: word, day: date, name: text },
}

function fitsSealed(sealed: unknown): boolean {
  if (sealed === undefined) return true
  if (!isObject(sealed)) return false
  return (
    text(sealed.hmac) &&
    maybe(text)(sealed.email_hmac) &&
    maybe(text)(sealed.phone_hmac) &&
    typeof sealed.blob === 'string'
  )
}

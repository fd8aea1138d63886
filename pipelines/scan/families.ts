import { Layout } from './layout.ts'

/** The envelope of a canonical event around its data: the same for all types. */
export const ENVELOPE = new Layout(
  { tenant: 'word!', source: 'word!', type: 'word!', version: 'count!', id: 'id!', occurred_ms: 'instant!' },
  0,
)
/** The fingerprint of the content, as two words of 32 bits. */
export const H_SLOT = ENVELOPE.end
export const RUN = new Layout({ run: 'word' }, H_SLOT + 2)
export const SEALED = new Layout({ blob: 'text!', hmac: 'text!', email_hmac: 'text', phone_hmac: 'text' }, RUN.end)
const DATA = SEALED.end

const AD_PATH = {
  platform: 'word',
  account: 'word',
  campaign: 'word',
  ad_group: 'word',
  ad: 'word',
  creative: 'word',
} as const

const ACTION = new Layout(
  {
    action_type: 'label!',
    window: 'label!',
    time_basis: 'word!',
    count_micros: 'micros',
    value_micros: 'micros',
  },
  0,
)

const LINE = new Layout(
  {
    product: 'word!',
    quantity: 'count!',
    price_micros: 'micros!',
    line: 'id',
    variant: 'word',
    title: 'text',
    discount_micros: 'micros',
  },
  0,
)

const DELIVERY = new Layout(
  {
    platform: 'word!',
    account: 'word!',
    level: 'word!',
    campaign: 'word',
    ad_group: 'word',
    ad: 'word',
    asset_group: 'word',
    creative: 'word',
    day: 'day!',
    time_zone: 'word!',
    currency: 'word!',
    hour_ms: 'instant',
    country: 'word',
    device: 'word',
    segment: 'word',
    attribution_setting: 'label',
    impressions: 'count',
    clicks: 'count',
    spend_micros: 'micros',
    conversions_micros: 'micros',
    claimed_micros: 'micros',
    reach: 'count',
    frequency_micros: 'micros',
    video_views: 'count',
    actions: ACTION,
  },
  DATA,
)

const ORDER = new Layout(
  {
    ordered_ms: 'instant!',
    day: 'day!',
    offset_min: 'offset!',
    time_zone: 'word!',
    currency: 'word!',
    total_micros: 'micros!',
    status: 'word!',
    subtotal_micros: 'micros',
    tax_micros: 'micros',
    shipping_micros: 'micros',
    discount_micros: 'micros',
    cancelled_ms: 'instant',
    test: 'flag',
    customer: 'id',
    lines: LINE,
    ...AD_PATH,
    country: 'word',
    device: 'word',
    landing_page: 'text',
  },
  DATA,
)

const TOUCH = new Layout(
  {
    kind: 'word!',
    visitor: 'id',
    customer: 'id',
    session: 'id',
    ...AD_PATH,
    utm_source: 'label',
    utm_medium: 'label',
    utm_campaign: 'label',
    utm_content: 'label',
    utm_term: 'label',
    click_ids: 'object',
    landing_page: 'text',
    referrer: 'text',
    country: 'word',
    device: 'word',
  },
  DATA,
)

const WEB = new Layout(
  {
    kind: 'word!',
    name: 'label',
    visitor: 'id',
    customer: 'id',
    session: 'id',
    order: 'id',
    product: 'word',
    quantity: 'count',
    currency: 'word',
    page: 'text',
    referrer: 'text',
    ...AD_PATH,
    country: 'word',
    device: 'word',
    value_micros: 'micros',
  },
  DATA,
)

/** The types of which there are many. All others are decoded as JSON. */
export const FAMILIES = {
  'ad_delivery.observed': DELIVERY,
  'order.observed': ORDER,
  'touch.recorded': TOUCH,
  'web.recorded': WEB,
} as const

export type ScannedType = keyof typeof FAMILIES

const LAST = Math.max(...Object.values(FAMILIES).map((layout) => layout.end))
/** Days since 1970 under which an event's rows are filed, and the slice of a delivery: what follows from the fields. */
export const DAY_SLOT = LAST
export const SLICE_SLOT = LAST + 1
/** Slots of a row of the tape. */
export const TAPE_WIDTH = LAST + 2
export const CHILD_WIDTH = Math.max(ACTION.end, LINE.end)

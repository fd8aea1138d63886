/**
 * How the data of an event lie on the log: for each key, in its order, the field of the input it comes from. The
 * families' `canonical` functions say the same in code; a property test holds the two together, byte for byte.
 *
 * Types that are not listed here, and fields that hold what has no plain spelling (personal data), go the slow way.
 */
export type Layout = {
  readonly type: string
  readonly rows: readonly Row[]
  /** What shares a partition with it: a text, then the id of the event or of what the field names. */
  readonly group: { readonly prefix: string; readonly field?: string }
  /** Which of the times that were read must not lie ahead of the clock. */
  readonly times: readonly ('day' | 'instant')[]
}

export type Row =
  /** A field, under its own name or another one. The names `day`, `time_zone` are kept for what is derived from them. */
  | { readonly field: string; readonly key?: string; readonly means?: 'day' | 'zone' | 'instant' }
  /** Written only where it is true. */
  | { readonly flag: string }
  | { readonly list: string; readonly rows: readonly Row[] }
  /** Local day, offset and zone of the instant before it; the day may be given. */
  | { readonly place: string }
  /** The instant at which the local hour of the day began. */
  | { readonly hour: string }
  /** A record of texts by the names of an enum, where it has one entry. */
  | { readonly single: string }
  /** Where it is given, the slow way is asked. */
  | { readonly slow: string }

const AD_PATH: readonly Row[] = ['platform', 'account', 'campaign', 'ad_group', 'ad', 'creative'].map(same)
const PLACE_OF_PERSON: readonly Row[] = [same('country'), same('device')]

export const LAYOUTS: readonly Layout[] = [
  {
    type: 'ad_delivery.observed',
    rows: [
      ...['platform', 'account', 'level', 'campaign', 'ad_group', 'ad', 'asset_group', 'creative'].map(same),
      { field: 'day', means: 'day' },
      { field: 'time_zone', means: 'zone' },
      same('currency'),
      { hour: 'hour' },
      ...['country', 'device', 'segment', 'attribution_setting', 'impressions', 'clicks'].map(same),
      { field: 'spend', key: 'spend_micros' },
      { field: 'conversions', key: 'conversions_micros' },
      { field: 'conversion_value', key: 'claimed_micros' },
      same('reach'),
      { field: 'frequency', key: 'frequency_micros' },
      { field: 'video_views_3s', key: 'video_views' },
      {
        list: 'actions',
        rows: [
          same('action_type'),
          same('window'),
          same('time_basis'),
          { field: 'count', key: 'count_micros' },
          { field: 'value', key: 'value_micros' },
        ],
      },
    ],
    group: { prefix: '' },
    times: ['day'],
  },
  {
    type: 'order.observed',
    rows: [
      { field: 'ordered_at', key: 'ordered_ms', means: 'instant' },
      { place: 'order_date' },
      same('currency'),
      { field: 'total', key: 'total_micros' },
      same('status'),
      { field: 'subtotal', key: 'subtotal_micros' },
      { field: 'tax', key: 'tax_micros' },
      { field: 'shipping', key: 'shipping_micros' },
      { field: 'discount', key: 'discount_micros' },
      { field: 'cancelled_at', key: 'cancelled_ms' },
      { flag: 'test' },
      same('customer'),
      {
        list: 'lines',
        rows: [
          same('product'),
          same('quantity'),
          { field: 'price', key: 'price_micros' },
          same('line'),
          same('variant'),
          same('title'),
          { field: 'discount', key: 'discount_micros' },
        ],
      },
      ...AD_PATH,
      ...PLACE_OF_PERSON,
      same('landing_page'),
      { slow: 'personal' },
    ],
    group: { prefix: 'order ' },
    times: ['instant', 'day'],
  },
  {
    type: 'order.refunded',
    rows: [
      same('order'),
      { field: 'refunded_at', key: 'refunded_ms', means: 'instant' },
      { place: 'refund_date' },
      same('kind'),
      same('success'),
      same('currency'),
      { field: 'amount', key: 'amount_micros' },
      { flag: 'test' },
      same('customer'),
      {
        list: 'lines',
        rows: [same('product'), same('quantity'), same('line'), { field: 'amount', key: 'amount_micros' }],
      },
      ...AD_PATH,
      ...PLACE_OF_PERSON,
    ],
    group: { prefix: 'order ', field: 'order' },
    times: ['instant', 'day'],
  },
  {
    type: 'touch.recorded',
    rows: [
      ...['kind', 'visitor', 'customer', 'session'].map(same),
      ...AD_PATH,
      ...['utm_source', 'utm_medium', 'utm_campaign', 'utm_content', 'utm_term'].map(same),
      { single: 'click_ids' },
      ...['landing_page', 'referrer'].map(same),
      ...PLACE_OF_PERSON,
      { slow: 'personal' },
    ],
    group: { prefix: '' },
    times: [],
  },
  {
    type: 'web.recorded',
    rows: [
      ...['kind', 'name', 'visitor', 'customer', 'session', 'order', 'product', 'quantity', 'currency'].map(same),
      ...['page', 'referrer'].map(same),
      ...AD_PATH,
      ...PLACE_OF_PERSON,
      { field: 'value', key: 'value_micros' },
      { slow: 'personal' },
    ],
    group: { prefix: '' },
    times: [],
  },
]

function same(field: string): Row {
  return { field }
}

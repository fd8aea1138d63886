import { as, DAY, is, PLACE, SOURCE, text, VISIT } from './columns.ts'
import type { SqlView } from './view.ts'

/** What visitors do. */
export const VISITS: readonly SqlView[] = [
  {
    name: 'touches',
    summary: 'Contacts with advertising: clicks, views, visits.',
    table: 'fact_touches',
    rows: 'all',
    columns: [
      as('touch_id', 'id', 'id of the touch'),
      as('touched_at', 'occurred_at', 'when'),
      DAY,
      ...VISIT,
      text('utm_source', 'utm_source'),
      text('utm_medium', 'utm_medium'),
      text('utm_campaign', 'utm_campaign'),
      text('utm_content', 'utm_content'),
      text('utm_term', 'utm_term'),
      text('click_ids', 'click ids, as JSON'),
      text('landing_page', 'address of the first page'),
      text('referrer', 'address it came from'),
      ...PLACE,
      SOURCE,
    ],
  },
  {
    name: 'web_events',
    summary: 'What visitors do on the site.',
    table: 'fact_web_events',
    rows: 'all',
    columns: [
      as('event_id', 'id', 'id of the event'),
      as('event_at', 'occurred_at', 'when'),
      DAY,
      ...VISIT,
      text('name', 'name of the event'),
      as('order_id', "nullIf(`order`, '')", 'order it belongs to'),
      text('product', 'product id'),
      is('quantity', 'pieces'),
      is('value_micros', 'value, millionths'),
      text('currency', 'ISO 4217'),
      text('page', 'address of the page'),
      text('referrer', 'address it came from'),
      ...PLACE,
      SOURCE,
    ],
  },
]

import { as, CREATIVE_PATH, CURRENCY, DAY, PLACE, SLICE } from './columns.ts'
import type { SqlColumn, SqlView } from './view.ts'

/** A sum of a window: NULL where no observation knew the value. */
function sum(name: string, known: string | null, about: string): SqlColumn {
  return { name, sql: known === null ? name : `if(${known} = 0, NULL, ${name})`, about }
}

const WINDOW_COLUMNS = [
  ...CREATIVE_PATH,
  ...PLACE,
  CURRENCY,
  SLICE,
  as('observations', 'n', 'how many current observations are in it'),
  sum('impressions', 'impressions_n', 'impressions'),
  sum('clicks', 'clicks_n', 'clicks'),
  sum('spend_micros', 'spend_n', 'spend, millionths of the currency'),
  sum('conversions_micros', 'conversions_n', 'conversions the platform reports, millionths'),
  sum('claimed_micros', 'claimed_n', 'revenue the platform claims, millionths'),
  sum('video_views', 'video_views_n', 'views of 3 seconds'),
  sum('orders', null, 'orders of the shop'),
  sum('gross_micros', null, 'gross revenue of the shop, millionths'),
  sum('refunds', null, 'refunds'),
  sum('refunds_micros', 'refunds_n', 'refunded amount, millionths'),
]

/** Sums that are kept by day and hour. */
export const WINDOWS: readonly SqlView[] = [
  {
    name: 'windows',
    summary: 'Sums by local day of deliveries, orders and refunds. Several rows may have one key: add them up.',
    table: 'windows_day',
    rows: 'replaced',
    columns: [DAY, ...WINDOW_COLUMNS],
  },
  {
    name: 'windows_hour',
    summary: 'The same by hour, of what has an hour.',
    table: 'windows_hour',
    rows: 'replaced',
    columns: [DAY, as('hour_start', 'start', 'UTC start of the local hour'), ...WINDOW_COLUMNS],
  },
]

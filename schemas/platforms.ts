/**
 * How long the sources of numbers go on changing a past day. A day is `open` until the watermark has left it behind,
 * `settling` while its source may still restate it, and `final` after that.
 */
export type Restatement = { readonly platform: string; readonly days: number; readonly source: string }

export const RESTATEMENTS: readonly Restatement[] = [
  {
    platform: 'google_ads',
    days: 30,
    source: 'conversions are reported on the day of the click; the default click conversion window is 30 days',
  },
  { platform: 'meta', days: 28, source: 'Insights API: metrics may be adjusted for 28 days after they are reported' },
  { platform: 'tiktok', days: 28, source: 'longest attribution window of a click is 28 days' },
  { platform: 'ga4', days: 3, source: 'intraday and daily data are processed for up to 72 hours' },
  { platform: 'shop', days: 60, source: 'edits and refunds: orders stay open for edits 60 days, as shops expose them' },
]

/** For a platform that the list does not know: as long as the longest. */
export const RESTATEMENT_DAYS_DEFAULT = 60

/** Days after its end during which a day of this platform (or `shop`) may still be restated. */
export function restatementDays(platform: string): number {
  return RESTATEMENTS.find((r) => r.platform === platform)?.days ?? RESTATEMENT_DAYS_DEFAULT
}

export type Finality = 'open' | 'settling' | 'final'

/**
 * Finality of a span of days by its last one.
 *
 * @param last_day    days since 1970, account-local
 * @param watermark_ms newest instant up to which every source has been read; undefined when nothing was read
 * @param days        restatement days of the slowest source in the row
 */
export function finalityOf(last_day: number, watermark_ms: number | undefined, days: number): Finality {
  // No zone is further behind UTC than 12 hours: after that the local day is over everywhere.
  const end_ms = (last_day + 1) * DAY_MS + 12 * HOUR_MS
  if (watermark_ms === undefined || watermark_ms < end_ms) return 'open'
  return watermark_ms < end_ms + days * DAY_MS ? 'settling' : 'final'
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

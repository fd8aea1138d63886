import type { WorldSpec } from './spec.ts'
import { sumTruth, type TruthOptions } from './truth.ts'

/** One line of `truth.ndjson`; see INTERFACES "World". `currency` only where it is not USD. */
export type TruthLine = {
  readonly day: string
  readonly platform: string | null
  readonly campaign: string | null
  readonly creative: string | null
  readonly impressions: number
  readonly clicks: number
  readonly conversions: number
  readonly spend_micros: number
  readonly orders: number
  readonly revenue_micros: number
  readonly currency?: string
}

/** The truth by day, platform, campaign and creative, in that order, organic business last. */
export function truthLines(spec: WorldSpec, options: TruthOptions = {}): TruthLine[] {
  return sumTruth(spec, ['day', 'platform', 'campaign', 'creative', 'currency'], options)
    .map((row) => ({
      day: row.day,
      platform: row.platform,
      campaign: row.campaign,
      creative: row.creative,
      impressions: row.impressions,
      clicks: row.clicks,
      conversions: row.conversions,
      spend_micros: row.spend_micros,
      orders: row.orders,
      revenue_micros: row.gross_micros - row.refunds_micros,
      ...(row.currency !== 'USD' && { currency: row.currency }),
    }))
    .sort((a, b) => compare(sortKey(a), sortKey(b)))
}

function sortKey(line: TruthLine): string {
  return [line.day, line.platform ?? '~', line.campaign ?? '~', line.creative ?? '~', line.currency ?? ''].join('\0')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

import type { Keyed } from '../streams/fill.ts'
import { mixed } from '../support/draw.ts'

/**
 * The input of the Yahoo Streaming Benchmark: ad events of about 240 bytes, ten per ms of event time, a third of them
 * views, one in a hundred up to 5 s late. Values come from a counter through a hash: the same number of events is the
 * same bytes, and what must come out is counted on the way.
 * Source: https://github.com/yahoo/streaming-benchmarks (fields, ads, campaigns, windows)
 */
export const YSB = {
  ads: 1_000,
  campaigns: 100,
  window_ms: 10_000,
  events_per_ms: 10,
  late_ms_max: 5_000,
  start_ms: Date.UTC(2026, 0, 1),
} as const

/** Campaign by ad. */
export function adsTable(): Map<string, string> {
  return new Map(Array.from({ length: YSB.ads }, (_, ad) => [uuidOf('ad', ad), uuidOf('campaign', ad % YSB.campaigns)]))
}

/** Views by campaign and window: what a right answer is. */
export type Truth = Map<string, number>

/** A campaign's window as a key of the truth. */
export function truthKey(campaign: string, window_start_ms: number): string {
  return `${campaign} ${window_start_ms}`
}

/** Events one by one, counted into a truth of their own. */
export class YsbInput {
  readonly truth: Truth = new Map()
  private readonly ads = [...adsTable()]
  private readonly users = uuids('user', 10_000)
  private readonly pages = uuids('page', 1_000)

  /**
   * The n-th event.
   *
   * @param time_ms when it happened; by default as the benchmark spaces them
   */
  event(n: number, time_ms = timeOf(n)): Keyed {
    const drawn = mixed(n * 2)
    const [ad, campaign] = this.ads[drawn % YSB.ads]!
    const type = EVENT_TYPES[(drawn >>> 12) % 3]!
    const other = mixed(n * 2 + 1)
    if (type === 'view') {
      const key = truthKey(campaign, Math.floor(time_ms / YSB.window_ms) * YSB.window_ms)
      this.truth.set(key, (this.truth.get(key) ?? 0) + 1)
    }
    const user = this.users[other % this.users.length]!
    const page = this.pages[(other >>> 14) % this.pages.length]!
    const ip = `10.${drawn & 7}.${other & 7}.${10 + ((drawn >>> 3) & 63)}`
    const json =
      `{"user_id":"${user}","page_id":"${page}","ad_id":"${ad}","ad_type":"${AD_TYPES[(drawn >>> 20) % 5]}",` +
      `"event_type":"${type}","event_time":"${time_ms}","ip_address":"${ip}"}`
    return { key: ad, json }
  }
}

const EVENT_TYPES = ['view', 'click', 'purchase'] as const
const AD_TYPES = ['banner', 'modal', 'search', 'mail', 'mobile'] as const

function timeOf(n: number): number {
  const drawn = mixed(n + 0x5bd1e995)
  const late_ms = drawn % 100 === 0 ? 1 + ((drawn >>> 8) % YSB.late_ms_max) : 0
  return YSB.start_ms + Math.floor(n / YSB.events_per_ms) - late_ms
}

function uuids(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => uuidOf(kind, n))
}

/** In the form of a random UUID, from a kind and a number. */
function uuidOf(kind: string, n: number): string {
  const seed = [...kind].reduce((sum, character) => mixed(sum + character.charCodeAt(0)), n)
  const hex = [0, 1, 2, 3]
    .map((part) =>
      mixed(seed + part)
        .toString(16)
        .padStart(8, '0'),
    )
    .join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

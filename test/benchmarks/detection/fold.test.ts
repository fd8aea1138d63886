import { expect, test } from 'vitest'
import { Fold } from '../../../benchmarks/detection/fold.ts'
import type { WorldEvent } from '../../../ingest/world/model.ts'
import { scopeKey } from '../../../pipelines/detect/core/scope.ts'
import { newTenantState } from '../../../pipelines/detect/core/state.ts'

const AT = Date.parse('2025-06-02T10:00:00Z')
const CAMPAIGN = { platform: 'meta', account: 'a', campaign: 'c' }

/** A report row of the hour from 10 to 11 UTC, as it is known at a minute after its beginning. */
function report(ad: string, clicks: number, minute: number): WorldEvent {
  return {
    id: `meta:a:h10:${ad}`,
    source: 'meta_ads',
    type: 'ad_delivery.observed',
    version: 1,
    occurred_at: new Date(AT + minute * 60_000).toISOString(),
    data: {
      ...CAMPAIGN,
      day: '2025-06-02',
      hour: 10,
      time_zone: 'UTC',
      currency: 'USD',
      impressions: 50 * clicks,
      clicks,
      spend: clicks,
      conversions: 1,
      conversion_value: '90.00',
    },
  }
}

test('an hour is closed by its source, has the newest of each row, and is told once', () => {
  const fold = new Fold(newTenantState())
  fold.take(report('1', 10, 30))
  expect([...fold.close()]).toEqual([])
  fold.take(report('2', 5, 80))
  fold.take(report('1', 12, 81))
  const [tick, ...more] = [...fold.close()]
  expect(more).toEqual([])
  expect(tick).toMatchObject({ group: 'meta', start_ms: AT, rows: 2, value_micros: 90e6, currency: 'USD' })
  expect(tick!.sums.get(scopeKey(CAMPAIGN))).toMatchObject({ clicks: 17, impressions: 850, conversions: 2, reports: 2 })
  expect(tick!.sums.get(scopeKey({ platform: 'meta' }))).toMatchObject({ clicks: 17 })
})

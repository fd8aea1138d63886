import { expect, test } from 'vitest'
import { drawPoisson } from '../../../../models/math/draw.ts'
import { seeded } from '../../../../models/math/random.ts'
import type { Tick } from '../../../../pipelines/detect/core/closed-bucket.ts'
import { scopeKey, seriesKey } from '../../../../pipelines/detect/core/scope.ts'
import { newTenantState } from '../../../../pipelines/detect/core/state.ts'
import { judge } from '../../../../pipelines/detect/core/tick.ts'
import { HOUR_MS } from '../../../../schemas/zone.ts'

const BEGIN_MS = Date.UTC(2025, 8, 1)
const META = scopeKey({ platform: 'meta' })
const ACCOUNTS = ['a', 'b'].map((account) => scopeKey({ platform: 'meta', account }))

/** A platform with an account on either side of the globe, of which the second, four times as large, begins a day later. */
function twoAccounts(hours: number): Tick[] {
  const random = seeded(3)
  return Array.from({ length: hours }, (_, hour) => {
    const clicks = [0, 12].map((zone, n) => {
      const busy = 1 + 0.9 * Math.sin(((hour + zone) / 24) * 2 * Math.PI)
      return n === 1 && hour < 30 ? 0 : drawPoisson(random, (n === 1 ? 4000 : 1000) * busy)
    })
    const sums = new Map(ACCOUNTS.map((scope, n) => [scope, { clicks: clicks[n]! }]))
    sums.set(META, { clicks: clicks[0]! + clicks[1]! })
    return {
      ...{ grain: 'hour', group: 'meta', start_ms: BEGIN_MS + hour * HOUR_MS, offset_ms: 0, sums, rows: 4 },
      ...{ value_micros: null, currency: 'USD', holiday: false, complete: {}, expected: [] },
    }
  })
}

test('what was learnt of a week in which an account was still to come is not expected of the weeks after it', () => {
  const state = newTenantState()
  const suspects = twoAccounts(24 * 24).flatMap((tick) => judge(state, tick))
  expect(suspects).toEqual([])
  const at = state.book.placeOf(seriesKey('clicks', META))
  const last = 24 * 24 - 1 + BEGIN_MS / HOUR_MS
  const off = Array.from({ length: 12 }, (_, back) => {
    const { expected, observed } = state.book.noted(at, last - back)!
    return Math.abs(observed / expected - 1)
  })
  expect(Math.max(...off)).toBeLessThan(0.35)
})

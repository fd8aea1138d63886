import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RETRY_DELAYS_MS, retryDelay } from '../../../pipelines/webhooks/schedule.ts'

describe('retries', () => {
  it('go on for 24 hours, each later than the one before', () => {
    expect(RETRY_DELAYS_MS.reduce((sum, one) => sum + one)).toBe(86_400_000)
    expect(RETRY_DELAYS_MS.toSorted((a, b) => a - b)).toEqual(RETRY_DELAYS_MS)
    expect(retryDelay(RETRY_DELAYS_MS.length + 1, 0)).toBeUndefined()
  })

  it('are never earlier than stated, and at most a tenth later', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: RETRY_DELAYS_MS.length }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, r) => {
          const delay = retryDelay(n, r)!
          expect(delay).toBeGreaterThanOrEqual(RETRY_DELAYS_MS[n - 1]!)
          expect(delay).toBeLessThanOrEqual(RETRY_DELAYS_MS[n - 1]! * 1.1 + 1)
        },
      ),
    )
  })

  it('wait as long as the receiver asked for, up to an hour', () => {
    expect(retryDelay(1, 0, 60_000)).toBe(60_000)
    expect(retryDelay(1, 0, 86_400_000)).toBe(3_600_000)
    expect(retryDelay(4, 0, 60_000)).toBe(RETRY_DELAYS_MS[3])
  })
})

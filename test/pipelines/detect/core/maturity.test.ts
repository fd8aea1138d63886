import { describe, expect, it } from 'vitest'
import type { Tick } from '../../../../pipelines/detect/core/closed-bucket.ts'
import { AGES_H, type Completeness, completeAt, partKnown } from '../../../../pipelines/detect/core/maturity.ts'
import { COMMERCE } from '../../../../pipelines/detect/core/scope.ts'
import { HOUR_MS } from '../../../../schemas/zone.ts'
import { adWorld, BEGIN_MS, play } from '../support/ad-world.ts'

describe('what is known of a bucket at its age', () => {
  const maturity = new Map([['meta', { conversions: AGES_H.map((_, n) => 0.5 + n / 12) }]])

  it('grows with it, platform by platform and metric by metric, until all is', () => {
    const ages = [0, 1, 2, 5, 6, 95, 96, 1000]
    expect(ages.map((age) => completeAt(maturity, 'meta', age).conversions)).toEqual([
      ...[0.5, 0.5, 0.5 + 1 / 12, 0.5 + 1 / 12, 0.5 + 2 / 12, 0.5 + 5 / 12, undefined, undefined],
    ])
    expect(completeAt(maturity, 'google', 0)).toEqual({})
  })

  it('is all of it while little was seen, and what is taken back later more than that', () => {
    expect(partKnown(0, 0)).toBe(1)
    expect(partKnown(0, 5)).toBeGreaterThan(0.9)
    expect(partKnown(6_000, 10_000)).toBeCloseTo(0.6, 2)
    expect(partKnown(10_400, 10_000)).toBeCloseTo(1.04, 2)
    expect(partKnown(0, 1e6)).toBe(0.1)
  })
})

describe('conversions of which most come after their hour was judged, behind a past that was imported whole', () => {
  const PAST = 16 * 24
  const KNOWN = 0.3
  const young = (complete: Completeness) =>
    adWorld(3, PAST + 36).map((tick): Tick => {
      if (tick.start_ms < BEGIN_MS + PAST * HOUR_MS || tick.group === COMMERCE) return tick
      const sums = [...tick.sums].map(([scope, counts]) => {
        return [scope, { ...counts, conversions: Math.round((counts.conversions ?? 0) * KNOWN) }] as const
      })
      return { ...tick, sums: new Map(sums), complete }
    })

  it('are no news where their platform is known to bring them late', () => {
    expect(play(young({ conversions: KNOWN })).lines).toEqual([])
  })

  it('are news where nothing is known of that', () => {
    const { lines } = play(young({}))
    expect(lines.filter((line) => line.includes('opened')).length).toBeGreaterThan(0)
  })
})

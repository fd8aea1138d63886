import { describe, expect, it } from 'vitest'
import { classify } from '../../../../models/root-cause/classify.ts'
import type { DayRow } from '../../../../pipelines/detect/trends/days.ts'
import { judgeDecline, signalsOf } from '../../../../pipelines/detect/trends/judge.ts'
import { COMMERCE_SLICE } from '../../../../schemas/windows.ts'
import { DAY_MS } from '../../../../schemas/zone.ts'

type Factors = { readonly clicks?: number; readonly shown?: number; readonly bought?: number }

/** Two platforms and their shop, day by day; what is the matter with the first of them by day. */
function rows(count: number, matter: (day: number) => Factors): DayRow[] {
  return Array.from({ length: count }, (_, day) => {
    const luck = 1 + 0.01 * Math.sin(day * 2.4)
    return ['tiktok', 'meta'].flatMap((platform): DayRow[] => {
      const { bought = 1, clicks = 1, shown = 1 } = platform === 'tiktok' ? matter(day) : {}
      const path = { start_ms: day * DAY_MS, platform, account: 'a', campaign: `${platform}-1`, currency: 'USD' }
      const conversions = 300 * clicks * bought * luck
      const delivered = { impressions: 600_000 * shown, clicks: 6_500 * clicks, spend: 9_000, conversions }
      return [
        { ...path, slice: 'ad|country', ...delivered, claimed: conversions * 90, orders: 0 },
        {
          ...path,
          slice: COMMERCE_SLICE,
          impressions: 0,
          clicks: 0,
          spend: 0,
          conversions: 0,
          claimed: 0,
          orders: 120,
        },
      ]
    })
  }).flat()
}

const slowly = (day: number) => 1 - (0.33 * Math.min(13, Math.max(0, day - 60))) / 13
const own = (all: readonly DayRow[]) =>
  all.filter(({ platform, slice }) => platform === 'tiktok' && slice !== COMMERCE_SLICE)
const FACTS = { bid_changed: false, price_changed: false, out_of_stock: false, holiday: false, gradual: true }

describe('a platform that brings less and less', () => {
  it.each([
    ['clicks become dearer', (day: number) => ({ clicks: slowly(day), shown: slowly(day) }), 'bid_change'],
    [
      'fewer click and buy',
      (day: number) => ({ clicks: slowly(day), bought: 0.5 + 0.5 * slowly(day) }),
      'creative_fatigue',
    ],
  ] as const)('because %s is told of once, with that cause', (_, matter, cause) => {
    const all = rows(90, matter)
    const first = Array.from({ length: 30 }, (_, n) => 58 + n).find(
      (day) => judgeDecline(own(all), day, undefined) !== undefined,
    )!
    expect(first).toBeGreaterThan(62)
    expect(first).toBeLessThanOrEqual(72)
    const { known, what } = judgeDecline(own(all), 73, undefined)!
    expect(what).toBe('declines')
    const signals = signalsOf(all, 'tiktok', 73, known.since)
    expect(classify({ signals, facts: FACTS })).toMatchObject({ cause })
  })

  it('is none while it stands still, or brings more', () => {
    for (const matter of [() => ({}), (day: number) => ({ clicks: 2 - slowly(day) })]) {
      const all = own(rows(90, matter))
      for (let day = 50; day < 90; day++) expect(judgeDecline(all, day, undefined), `day ${day}`).toBeUndefined()
    }
  })

  it('is over when it brings what it brought, or when that has lasted for six weeks', () => {
    const all = own(rows(150, (day) => ({ clicks: day < 95 ? slowly(day) : 1 })))
    const { known } = judgeDecline(all, 73, undefined)!
    expect(judgeDecline(all, 80, known)!.what).toBe('declines')
    expect(judgeDecline(all, 104, known)!.what).toBe('recovered')
    const lasting = own(rows(150, (day) => ({ clicks: slowly(day) })))
    expect(judgeDecline(lasting, known.since + 43, known)!.what).toBe('new_level')
  })
})

import { describe, expect, it } from 'vitest'
import { smallWorld } from '../../../ingest/world/world.ts'
import { ALL_MEASURES, differences } from './compare-truth.ts'

// What holds the engine against the truth must itself be able to say no.
describe('differences', () => {
  const by = ['day', 'platform', 'campaign', 'creative'] as const
  const truth = smallWorld(1).truthBy([...by, 'currency'])
  const money = (micros: number) => (micros / 1_000_000).toFixed(6)
  const rows = truth.map((t) => ({
    ...Object.fromEntries([...by, 'currency' as const].map((name) => [name, t[name] as string | null])),
    impressions: t.impressions,
    clicks: t.clicks,
    video_views: t.video_views_3s,
    conversions: t.conversions,
    spend: money(t.spend_micros),
    claimed_revenue: money(t.claimed_micros),
    orders: t.orders,
    gross_revenue: money(t.gross_micros),
    refunds: money(t.refunds_micros),
    revenue: money(t.gross_micros - t.refunds_micros),
  }))

  it('are none where all is equal', () => expect(differences(rows, truth, by)).toEqual([]))

  it.each(ALL_MEASURES)('are seen in the last micro of %s', (measure) => {
    const value = rows[5]![measure]
    const other = typeof value === 'number' ? value + 1 : money(Number(value) * 1_000_000 + 1)
    expect(differences(rows.with(5, { ...rows[5]!, [measure]: other }), truth, by)).toHaveLength(1)
  })

  it('are a row too few, a row too many, and a row twice', () => {
    const full = rows.findIndex(({ orders }) => orders > 0)
    expect(differences(rows.toSpliced(full, 1), truth, by)).toHaveLength(1)
    expect(differences([...rows, { ...rows[full]!, day: '2031-01-01' }], truth, by)).toHaveLength(1)
    expect(differences([...rows, rows[full]!], truth, by)).toEqual([expect.stringMatching(/two rows$/)])
  })
})

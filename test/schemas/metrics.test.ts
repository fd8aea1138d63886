import { describe, expect, it } from 'vitest'
import { dimensionOf, formulaOf, MEASURES, METRIC_DIMENSIONS, measureOf, metricsTable } from '../../schemas/metrics.ts'
import { finalityOf, restatementDays } from '../../schemas/platforms.ts'
import { DIMENSIONS, WINDOW_SUMS } from '../../schemas/windows.ts'
import { parseDay } from '../../schemas/zone.ts'

describe('metrics as data', () => {
  it('names every measure once, and makes sums of window columns only', () => {
    expect(measureOf.size).toBe(MEASURES.length)
    for (const m of MEASURES)
      if (m.kind === 'sum') expect(WINDOW_SUMS).toEqual(expect.arrayContaining([...m.plus, ...m.minus]))
  })

  it('makes ratios of sums', () => {
    for (const m of MEASURES) {
      if (m.kind !== 'ratio') continue
      expect(measureOf.get(m.numerator)?.kind, m.name).toBe('sum')
      expect(measureOf.get(m.denominator)?.kind, m.name).toBe('sum')
    }
  })

  it('has every dimension of the windows, and names of known ids', () => {
    for (const name of DIMENSIONS) expect(dimensionOf.get(name)?.kind).toBe('id')
    for (const d of METRIC_DIMENSIONS) if (d.kind === 'name') expect(dimensionOf.get(d.of!)?.kind).toBe('id')
  })

  it.each([
    ['revenue', 'gross_micros − refunds_micros'],
    ['cpm', 'spend × 1000 / impressions'],
    ['roas', 'claimed_revenue / spend'],
  ])('%s = %s', (name, formula) => expect(formulaOf(measureOf.get(name)!)).toBe(formula))

  it('prints one line per measure and dimension', () => {
    const lines = metricsTable()
      .split('\n')
      .filter((line) => line.startsWith('| `'))
    expect(lines.length).toBe(MEASURES.length + METRIC_DIMENSIONS.length)
    for (const line of lines) expect([8, 4]).toContain(line.split(/(?<!\\)\|/).length - 1)
  })
})

describe('finality', () => {
  const day = parseDay('2025-06-01')!
  it.each([
    [undefined, 'open'],
    ['2025-06-02T11:59:59Z', 'open'],
    ['2025-06-02T12:00:00Z', 'settling'],
    ['2025-06-30T11:59:59Z', 'settling'],
    ['2025-06-30T12:00:00Z', 'final'],
  ])('of a day of meta, read up to %s: %s', (watermark, finality) => {
    expect(finalityOf(day, watermark === undefined ? undefined : Date.parse(watermark), restatementDays('meta'))).toBe(
      finality,
    )
  })

  it('waits longest for a platform that nobody described', () => {
    expect(restatementDays('new_network')).toBe(60)
  })
})

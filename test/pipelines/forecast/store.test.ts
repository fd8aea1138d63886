import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { scoreOf } from '../../../models/evaluation/score.ts'
import { readForecasts } from '../../../pipelines/forecast/read.ts'
import { sumScores } from '../../../pipelines/forecast/records.ts'
import { writeForecasts, writeScores } from '../../../pipelines/forecast/store.ts'
import { migrate } from '../../../pipelines/store/migrate.ts'
import { type ForecastRecord, maturesAt } from '../../../schemas/forecasts.ts'
import { useStore } from '../../support/store.ts'

const test = useStore()
beforeAll(() => migrate(test.store, join(import.meta.dirname, '../../../schemas/migrations')), 60_000)

function forecast(changes: Partial<ForecastRecord> = {}): ForecastRecord {
  return {
    tenant: 'acme',
    model: 'ltv@1',
    scope: 'shopify',
    currency: 'EUR',
    origin: 20_000,
    horizon_days: 30,
    edition: 0,
    entity_kind: 'customer',
    entity: "O'Brien\t✓",
    metric: 'value_micros',
    watermark_ms: 1_728_086_400_123,
    matures_ms: maturesAt(20_000, 30, 'shop'),
    mean: 5e6,
    quantiles: { q05: 0, q10: 1e6, q50: 4e6, q90: 9e6, q95: 12e6 },
    probability: null,
    naive: [0, 0, 3e6, 8e6, 9e6],
    features_hash: 2n ** 64n - 1n,
    details: '{"p_alive":0.5}',
    ...changes,
  }
}

describe('forecasts', () => {
  it('are read as they were written', async () => {
    const written = [
      forecast(),
      forecast({ metric: 'fatigued', mean: null, quantiles: null, probability: 0.25, naive: [0.1] }),
    ]
    expect(await writeForecasts(test.store, written)).toBe(2)
    const read = await readForecasts(test.store, { tenant: 'acme', model: 'ltv' })
    expect(read).toHaveLength(2)
    expect(read).toEqual(expect.arrayContaining(written))
  })

  it('stay as they are, whatever is forecast of the same origin again; an edition is another one', async () => {
    const first = forecast({ entity: 'twice' })
    await writeForecasts(test.store, [first])
    expect(await writeForecasts(test.store, [{ ...first, mean: 7 }, forecast({ entity: 'new' })])).toBe(1)
    expect(await writeForecasts(test.store, [{ ...first, edition: 1, mean: 8 }])).toBe(1)
    const read = await readForecasts(test.store, { tenant: 'acme', entities: ['twice'] })
    expect(read.map(({ edition, mean }) => [edition, mean])).toEqual([
      [1, 8],
      [0, 5e6],
    ])
    const [newest, ...more] = await readForecasts(test.store, { tenant: 'acme', entities: ['twice'] }, { newest: true })
    expect([newest?.edition, more]).toEqual([1, []])
  })

  it('are of one tenant, and of the model asked for', async () => {
    await writeForecasts(test.store, [forecast({ tenant: 'other' }), forecast({ model: 'ltv-challenger@1' })])
    expect(await readForecasts(test.store, { tenant: 'other' })).toHaveLength(1)
    expect(await readForecasts(test.store, { tenant: 'acme', model: 'ltv-challenger' })).toHaveLength(1)
    expect(await readForecasts(test.store, { tenant: 'acme', model: 'ltv@2' })).toEqual([])
    expect(await readForecasts(test.store, { tenant: 'acme', origin: 20_001 })).toEqual([])
  })
})

describe('scores', () => {
  it('count in their newest revision only', async () => {
    const made = [1, 2, 3].map((n) => forecast({ tenant: 'scored', entity: `c${n}` }))
    const score = (n: number, revision: number, actual: number) => ({
      ...made[n]!,
      revision,
      truth_hash: 1n,
      ...scoreOf(made[n]!, actual),
    })
    expect(await writeScores(test.store, [score(0, 0, 4e6), score(1, 0, 50e6), score(2, 0, 0)])).toBe(3)
    const [before] = await sumScores(test.store, { tenant: 'scored' }, [])
    expect(before?.record).toMatchObject({ matured: 3, coverage_80: 1 / 3 })
    expect(await writeScores(test.store, [score(1, 1, 5e6), score(1, 0, 9e9)])).toBe(1)
    const [after, ...none] = await sumScores(test.store, { tenant: 'scored', model: 'ltv' }, ['horizon_days', 'origin'])
    expect(after?.key).toEqual({ horizon_days: '30', origin: '2024-10-04' })
    expect(after?.record).toMatchObject({ matured: 3, coverage_80: 2 / 3 })
    expect(after?.record.skill).not.toBeNull()
    expect(none).toEqual([])
    const [nobody] = await sumScores(test.store, { tenant: 'nobody' }, [])
    expect(nobody?.record).toMatchObject({ matured: 0, score: null })
  })
})

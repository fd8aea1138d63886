import { expect, test } from 'vitest'
import { scoreDays } from '../../../models/fatigue/score-days.ts'
import { shippedModel } from '../../../models/fatigue/shipped.ts'
import { trainFatigue } from '../../../models/fatigue/train.ts'
import { readModel, type WrittenModel, writeModel } from '../../../models/fatigue/written-model.ts'
import { simulate } from './support/simulate.ts'

test('a model that was written and read says what it said before', () => {
  // As little as can be learnt from: what matters is that nothing is lost.
  const { days, fates } = simulate(1, 4, 12, 80)
  const model = trainFatigue(days, fates)
  const text = writeModel(model, { learnt_from: [], command: 'a test', commit: null })
  const again = readModel(JSON.parse(text) as WrittenModel)
  const other = simulate(4, 1).days
  expect(scoreDays(again, other)).toEqual(scoreDays(model, other))
  expect(writeModel(again, { learnt_from: [], command: 'a test', commit: null })).toBe(text)
})

test('another format is refused', () => {
  expect(() => readModel({ format: 3, model: {} } as unknown as WrittenModel)).toThrow('format 3')
})

test('a file of format 1 has no model without prices', () => {
  const { model } = shippedModel()
  const { unpriced: _, ...older } = model
  const text = writeModel(older as typeof model, { learnt_from: [], command: 'a test', commit: null })
  const again = readModel({ ...(JSON.parse(text) as WrittenModel), format: 1 })
  expect(again.unpriced).toBeNull()
})

test('the shipped model kept its promise on accounts held out, at both levels', () => {
  const { model, name } = shippedModel()
  expect(name).toMatch(/^fatigue@\d+$/)
  for (const { record, thresholds } of Object.values(model.levels)) {
    expect(record.first_alerts.precision).toBeGreaterThanOrEqual(0.6)
    expect(record.first_alerts.recall).toBeGreaterThanOrEqual(0.65)
    expect(record.first_alerts.median_lead_days).toBeGreaterThanOrEqual(10)
    expect(record.first_alerts.median_lead_days).toBeLessThanOrEqual(14)
    expect(thresholds.candidate).toBeLessThanOrEqual(thresholds.alert)
    expect(thresholds.alert).toBeLessThanOrEqual(thresholds.urgent)
  }
})

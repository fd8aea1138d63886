import { expect, it } from 'vitest'
import { obey } from '../../../pipelines/alerts/commands.ts'
import type { Episode } from '../../../pipelines/rules/judge.ts'
import { quantityOf } from '../../../pipelines/rules/quantity.ts'
import { type RuleState, revisionsOf } from '../../../pipelines/rules/revisions.ts'
import type { AlertRecord } from '../../../schemas/alerts.ts'
import { HOUR_MS } from '../../../schemas/zone.ts'

const START_MS = Date.parse('2026-01-05T00:00:00Z')
const state: RuleState = {
  ...{ tenant: 't', currency: 'USD', rule: 'r', quantity: quantityOf('orders')!, data_age_ms: 0, muted: false },
  body: {
    ...{ name: '', metric: 'orders', condition: { op: 'below', value: '5' }, scope: {}, grain: 'hour' },
    ...{ buckets: 1, volume_min: 0, enabled: true },
  },
  from_ms: START_MS,
  watermark_ms: START_MS + 3 * HOUR_MS,
}
const episode: Episode = {
  ...{ onset_ms: START_MS + HOUR_MS, opened_ms: START_MS + 2 * HOUR_MS, last_ms: START_MS + 3 * HOUR_MS },
  ...{ ended_ms: undefined, observed: 2_000_000n, expected: undefined },
}
const brief = ({ reason, revision, state: is }: AlertRecord) => [revision, is, reason]

it('an alert that one restatement took back and another brings again is open again, under the next revision', () => {
  const [opened] = revisionsOf(state, [episode], [])
  expect(brief(opened!)).toEqual([1, 'open', 'detected'])
  const [taken] = revisionsOf(state, [], [opened!])
  expect(brief(taken!)).toEqual([2, 'retracted', 'restated'])
  const [back] = revisionsOf(state, [episode], [taken!])
  expect(brief(back!)).toEqual([3, 'open', 'restated'])
  const later = { ...episode, onset_ms: START_MS + 6 * HOUR_MS, opened_ms: START_MS + 7 * HOUR_MS }
  expect(revisionsOf(state, [{ ...later, last_ms: START_MS + 8 * HOUR_MS }], [taken!]).map(brief)).toEqual([
    [1, 'open', 'detected'],
  ])
  expect(back).toMatchObject({ id: opened!.id, ended_at: null, observed: '2', last_at: '2026-01-05T03:00:00.000Z' })
  const over = revisionsOf(state, [{ ...episode, ended_ms: START_MS + 4 * HOUR_MS }], [taken!])
  expect(over.map(brief)).toEqual([
    [3, 'open', 'restated'],
    [4, 'resolved', 'back_to_normal'],
  ])
})

it('what a user took back stays so while its episode lasts', () => {
  const [opened] = revisionsOf(state, [episode], [])
  const command = { id: 'c', tenant: 't', at: '2026-01-05T03:00:00Z', by: 'ann', kind: 'feedback', note: '' } as const
  const said = obey(opened!, { ...command, alert: opened!.id, verdict: 'not_anomaly' })!
  expect(brief(said)).toEqual([2, 'retracted', 'feedback'])
  expect(revisionsOf(state, [episode], [said])).toEqual([])
  expect(revisionsOf(state, [{ ...episode, ended_ms: START_MS + 9 * HOUR_MS }], [said])).toEqual([])
})

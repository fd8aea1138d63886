import { describe, expect, it } from 'vitest'
import { covers, obey } from '../../../pipelines/alerts/commands.ts'
import type { AlertCommand } from '../../../schemas/alert-commands.ts'
import { exampleAlert } from '../../schemas/support/alert-example.ts'

const alert = exampleAlert()
const head = { id: 'c1', tenant: 'demo', at: '2026-01-03T09:00:00+01:00', by: 'ann' }
const feedback = (verdict: 'anomaly' | 'expected' | 'not_anomaly' | 'new_trend'): AlertCommand => ({
  ...head,
  kind: 'feedback',
  alert: alert.id,
  verdict,
  note: '',
})

describe('a command', () => {
  it('is one revision, however often it comes', () => {
    const acknowledged = obey(alert, { ...head, kind: 'acknowledge', alert: alert.id })!
    expect(acknowledged).toMatchObject({
      revision: 2,
      state: 'updated',
      reason: 'user',
      acknowledged_by: 'ann',
      acknowledged_at: '2026-01-03T08:00:00.000Z',
    })
    expect(obey(acknowledged, { ...head, kind: 'acknowledge', alert: alert.id })).toBeUndefined()
  })

  it.each([
    ['anomaly', 'updated'],
    ['expected', 'retracted'],
    ['not_anomaly', 'retracted'],
    ['new_trend', 'resolved'],
  ] as const)('of feedback "%s" leaves it %s', (verdict, state) => {
    const after = obey(alert, feedback(verdict))!
    expect(after).toMatchObject({ state, feedback: verdict, revision: 2 })
    expect(after.ended_at === null).toBe(state === 'updated')
    expect(obey(after, feedback(verdict))).toBeUndefined()
  })

  it('leaves alerts of others alone, and those that have ended as they ended', () => {
    expect(obey({ ...alert, tenant: 'other' }, feedback('expected'))).toBeUndefined()
    const ended = { ...alert, state: 'resolved' as const, ended_at: alert.last_at }
    expect(obey(ended, feedback('anomaly'))).toMatchObject({ state: 'resolved', feedback: 'anomaly', revision: 2 })
    expect(obey(ended, { ...head, kind: 'mute', mute: 'm', scope: {}, metric: null, until: null })).toBeUndefined()
  })
})

it('covers by scope and metric', () => {
  expect(covers({}, null, alert)).toBe(true)
  expect(covers({ platform: 'tiktok' }, 'conversions', alert)).toBe(true)
  expect(covers({ platform: 'tiktok' }, 'orders', alert)).toBe(false)
  expect(covers({ platform: 'tiktok', campaign: 'x' }, null, alert)).toBe(false)
})

import { describe, expect, it } from 'vitest'
import { parseAlertCommand } from '../../schemas/alert-commands.ts'
import { alertBytes, alertHeaders, alertIdOf, alertPartition, CAUSE_CLASSES, parseAlert } from '../../schemas/alerts.ts'
import { exampleAlert } from './support/alert-example.ts'

describe('an alert', () => {
  it('has the same bytes however its fields are ordered', () => {
    const alert = exampleAlert({ scope: { platform: 'tiktok', campaign: 'c' } })
    const turned = Object.fromEntries(Object.entries(alert).reverse()) as typeof alert
    const bytes = alertBytes({ ...turned, scope: { campaign: 'c', platform: 'tiktok' } })
    expect(bytes).toBe(alertBytes(alert))
    expect(bytes.startsWith(`{"id":"${alert.id}","revision":1,"tenant":"demo"`)).toBe(true)
    expect(parseAlert(bytes)).toEqual(alert)
    expect(alertBytes(parseAlert(bytes))).toBe(bytes)
  })

  it('has an id that follows from tenant, scope and onset alone', () => {
    const scope = { platform: 'meta', campaign: 'a' }
    const id = alertIdOf('demo', 'anomaly', 'orders', 'hour', scope, 0)
    expect(id).toBe(alertIdOf('demo', 'anomaly', 'orders', 'hour', { campaign: 'a', platform: 'meta' }, 0))
    const others = [
      alertIdOf('other', 'anomaly', 'orders', 'hour', scope, 0),
      alertIdOf('demo', 'trend', 'orders', 'hour', scope, 0),
      alertIdOf('demo', 'anomaly', 'orders', 'hour', scope, 1),
      alertIdOf('demo', 'anomaly', 'orders', 'hour', { platform: 'meta' }, 0),
    ]
    expect(new Set([id, ...others]).size).toBe(5)
  })

  it('is refused when a quantity is no decimal text', () => {
    expect(() => alertBytes(exampleAlert({ observed: '4e1' }))).toThrow()
    expect(() => parseAlert('{}')).toThrow()
  })

  it('lies in one partition of its tenant, under headers of CloudEvents', () => {
    const places = ['demo', 'a', 'b', 'c', 'd', 'e'].map((tenant) => alertPartition(tenant, 4))
    expect(places.every((place) => place >= 0 && place < 4)).toBe(true)
    expect(new Set(places).size).toBeGreaterThan(1)
    const alert = exampleAlert()
    expect(alertHeaders(alert)).toMatchObject({ ce_id: `${alert.id}.1`, ce_type: 'omnify.alert.open' })
  })

  it('knows "unknown" beside the named classes', () => expect(CAUSE_CLASSES.at(-1)).toBe('unknown'))
})

describe('a command', () => {
  const head = { id: 'c1', tenant: 'demo', at: '2026-01-03T08:00:00Z', by: 'key' }
  it('is read by its kind', () => {
    const { id } = exampleAlert()
    const command = { ...head, kind: 'feedback', alert: id, verdict: 'expected', note: '' }
    expect(parseAlertCommand(JSON.stringify(command))).toEqual(command)
  })

  it.each([
    ['of no known kind', { ...head, kind: 'shout' }],
    ['with a field too many', { ...head, kind: 'unmute', mute: 'm', loud: true }],
    ['for no alert', { ...head, kind: 'acknowledge', alert: '7' }],
  ])('%s is refused', (_, command) => {
    expect(() => parseAlertCommand(JSON.stringify(command))).toThrow()
  })
})

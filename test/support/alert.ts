import { type AlertRecord, alertBytes, alertHeaders, alertIdOf } from '../../schemas/alerts.ts'

/** An alert that is as plain as one can be, with what a test says of it. */
export function alert(over: Partial<AlertRecord> = {}): AlertRecord {
  const onset = '2026-01-02T10:00:00.000Z'
  return {
    id: alertIdOf(over.tenant ?? 't', 'anomaly', 'orders', 'hour', over.scope ?? {}, Date.parse(onset)),
    revision: 1,
    tenant: 't',
    state: 'open',
    reason: 'detected',
    kind: 'anomaly',
    title: 'orders fell',
    metric: 'orders',
    unit: 'count',
    currency: null,
    grain: 'hour',
    scope: {},
    direction: 'down',
    onset_at: onset,
    detected_at: '2026-01-02T12:00:00.000Z',
    last_at: '2026-01-02T12:00:00.000Z',
    ended_at: null,
    observed: '10',
    expected: '40',
    interval: { low: '28', high: '53' },
    q_value: 0.001,
    severity: 'warning',
    money_at_stake: null,
    causes: [],
    sides: [],
    cause_class: 'unknown',
    class_posterior: { unknown: 1 },
    evidence: [],
    watermark: '2026-01-02T12:00:00.000Z',
    data_age_ms: 0,
    parent: null,
    children: [],
    rule: null,
    muted: false,
    snoozed_until: null,
    acknowledged_by: null,
    acknowledged_at: null,
    feedback: null,
    ...over,
  }
}

/** As it lies on the topic. */
export function alertOnLog(record: AlertRecord) {
  return {
    key: Buffer.from(record.tenant),
    value: Buffer.from(alertBytes(record)),
    headers: alertHeaders(record),
  }
}

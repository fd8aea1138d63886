import { describe, expect, it } from 'vitest'
import { planOf } from '../../../query-api/metrics/plan.ts'
import { parseRequest } from '../../../query-api/metrics/request.ts'
import { sumsStatement } from '../../../query-api/metrics/sums.ts'

const plan = (body: object) => planOf(parseRequest(body))

describe('what is read for a question', () => {
  it.each([
    [
      { measures: ['spend'], dimensions: ['day', 'campaign'] },
      { set: 'windows_day_campaign', source: 'windows' },
    ],
    [
      { measures: ['spend'], dimensions: ['ad'] },
      { set: 'windows_day', source: 'windows' },
    ],
    [
      { measures: ['spend'], dimensions: ['campaign_name'] },
      { set: 'windows_day_campaign', source: 'windows' },
    ],
    [
      { measures: ['spend'], filters: [{ field: 'country', op: 'eq', value: 'DE' }] },
      { set: 'windows_day', source: 'windows' },
    ],
    [
      { measures: ['orders'], grain: 'hour' },
      { set: 'windows_hour', source: 'windows' },
    ],
    [
      { measures: ['orders'], grain: 'day', time_zone: 'Asia/Tokyo' },
      { set: 'windows_hour', source: 'windows' },
    ],
    [{ measures: ['spend'], currency: 'EUR' }, { source: 'facts' }],
    [
      { measures: ['clicks'], currency: 'EUR' },
      { source: 'windows', by_currency: false },
    ],
    [{ measures: ['clicks'], as_of: '2025-01-01T00:00:00Z' }, { source: 'facts' }],
    [{ measures: ['ctr'] }, { by_currency: false, sums: ['clicks', 'clicks_n', 'impressions', 'impressions_n'] }],
    [{ measures: ['roas'] }, { by_currency: true, reads_commerce: false, claims: ['roas'] }],
    [{ measures: ['mer'] }, { reads_commerce: true, reads_delivery: true, claims: [] }],
    [{ measures: ['orders'] }, { reads_commerce: true, reads_delivery: false, sums: ['orders'] }],
    [{ measures: ['customers'] }, { customers: true, reads_commerce: false, sums: [] }],
    [{ measures: ['clicks'], dimensions: ['ad_name'] }, { keys: ['platform', 'account', 'ad'] }],
  ])('%j', (body, expected) => {
    const { window_set, ...rest } = plan(body)
    expect({ ...rest, set: window_set.name }).toMatchObject(expected)
  })

  it.each([
    ['incompatible', { measures: ['spend'], dimensions: ['product'] }],
    ['incompatible', { measures: ['mer'], dimensions: ['product'] }],
    ['incompatible', { measures: ['new_customers'], dimensions: ['product'] }],
    ['non_additive', { measures: ['reach'], dimensions: ['campaign'] }],
    ['non_additive', { measures: ['frequency'], grain: 'week' }],
    ['not_hourly', { measures: ['reach'], grain: 'day', time_zone: 'Asia/Tokyo' }],
  ])('is refused with %s: %j', (code, body) => {
    expect(() => plan(body)).toThrowError(expect.objectContaining({ code }))
  })

  it('never puts a value of the request into the statement', () => {
    const evil = "x' OR 1=1 --"
    for (const more of [{}, { as_of: '2025-01-01T00:00:00Z' }, { currency: 'EUR' }]) {
      for (const field of ['platform', 'campaign', 'ad', 'country', 'campaign_name', 'currency']) {
        for (const op of ['eq', 'ne', 'gt']) {
          const request = parseRequest({ measures: ['spend'], filters: [{ field, op, value: evil }], ...more })
          const scope = {
            tenant: "t'enant",
            range: { from: 1, to: 2 },
            shift: undefined,
            time_zone: undefined,
            hourly: false,
            filters: request.filters,
            as_of_ms: request.as_of_ms,
          }
          const { sql, params } = sumsStatement(planOf(request), scope, ['ad|', 'campaign|', 'account|'])
          expect(sql).not.toMatch(/OR 1=1|t'enant|EUR/)
          expect(Object.values(params)).toContain(evil)
          expect(Object.values(params)).toContain("t'enant")
        }
      }
    }
  })
})

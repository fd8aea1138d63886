import { describe, expect, it } from 'vitest'
import { parseRequest } from '../../../query-api/metrics/request.ts'
import { bodyOfQuery } from '../../../query-api/metrics/request-query.ts'
import { ApiError } from '../../../query-api/problem.ts'
import type { ErrorCode } from '../../../schemas/errors.ts'

function codeOf(run: () => unknown): ErrorCode | 'taken' {
  try {
    run()
    return 'taken'
  } catch (error) {
    if (error instanceof ApiError) return error.code
    throw error
  }
}

describe('a question', () => {
  it('is read into names, days and exact values', () => {
    const request = parseRequest({
      measures: ['spend', 'roas', 'spend'],
      dimensions: ['campaign'],
      filters: [{ field: 'platform', op: 'in', value: ['meta', null] }],
      from: '1997-01-01',
      to: '1997-01-31',
      grain: 'day',
      compare: 'previous_period',
      order: '-spend_previous,day',
      limit: 5,
    })
    expect(request.measures.map((m) => m.name)).toEqual(['spend', 'roas'])
    expect(request.dimensions).toEqual(['day', 'campaign'])
    expect([request.from, request.to]).toEqual([9862, 9892])
    expect(request.filters).toEqual([{ field: 'platform', op: 'in', values: ['meta', null] }])
    expect(request.order).toEqual([
      { by: 'spend_previous', desc: true },
      { by: 'day', desc: false },
    ])
  })

  it.each<[ErrorCode, object]>([
    ['bad_request', {}],
    ['bad_request', { measures: ['spend'], dimension: ['day'] }],
    ['bad_request', { measures: 'spend' }],
    ['unknown_measure', { measures: ['spent'] }],
    ['unknown_measure', { measures: ['__proto__'] }],
    ['unknown_dimension', { measures: ['spend'], dimensions: ['campain'] }],
    ['unknown_filter', { measures: ['spend'], filters: [{ field: 'spend', op: 'eq', value: 1 }] }],
    ['unknown_filter', { measures: ['spend'], filters: [{ field: 'platform', op: 'like', value: 'm' }] }],
    ['unknown_filter', { measures: ['spend'], filters: [{ field: 'platform', op: 'in', value: 'm' }] }],
    ['unknown_filter', { measures: ['spend'], filters: [{ field: 'platform', op: 'eq', value: ['m'] }] }],
    ['unknown_filter', { measures: ['spend'], filters: [{ field: 'ad', op: 'gt', value: null }] }],
    ['unknown_filter', { measures: ['spend'], filters: [{ field: 'day', op: 'eq', value: '2025-02-30' }] }],
    ['bad_range', { measures: ['spend'], from: '2025-02-30' }],
    ['bad_range', { measures: ['spend'], from: '1900-01-01' }],
    ['bad_range', { measures: ['spend'], from: '2025-01-02', to: '2025-01-02' }],
    ['bad_grain', { measures: ['spend'], grain: 'year' }],
    ['bad_grain', { measures: ['spend'], grain: 'day', dimensions: ['week'] }],
    ['bad_grain', { measures: ['spend'], grain: 'all', dimensions: ['day'] }],
    ['bad_time_zone', { measures: ['spend'], time_zone: 'Mars/Base' }],
    ['bad_currency', { measures: ['spend'], currency: 'usd' }],
    ['bad_compare', { measures: ['spend'], compare: 'last_week', from: '2025-01-01', to: '2025-01-02' }],
    ['bad_compare', { measures: ['spend'], compare: 'previous_year' }],
    ['bad_as_of', { measures: ['spend'], as_of: 'yesterday' }],
    ['bad_order', { measures: ['spend'], order: ['clicks'] }],
    ['bad_order', { measures: ['spend'], order: ['spend_change'] }],
    ['bad_limit', { measures: ['spend'], limit: 0 }],
    ['bad_limit', { measures: ['spend'], limit: '1e3' }],
  ])('is refused with %s: %j', (code, body) => {
    expect(codeOf(() => parseRequest(body))).toBe(code)
  })

  it('may be asked by GET', () => {
    const body = bodyOfQuery({
      measures: 'orders,revenue',
      dimensions: 'day',
      filter: ['platform:eq:tiktok', 'campaign:in:a,b', 'ad:eq:x:y'],
      limit: '10',
      format: 'csv',
    })
    expect(body).toEqual({
      measures: ['orders', 'revenue'],
      dimensions: ['day'],
      filters: [
        { field: 'platform', op: 'eq', value: 'tiktok' },
        { field: 'campaign', op: 'in', value: ['a', 'b'] },
        { field: 'ad', op: 'eq', value: 'x:y' },
      ],
      limit: '10',
    })
    expect(parseRequest(body).limit).toBe(10)
  })

  it.each<[ErrorCode, Record<string, unknown>]>([
    ['unknown_filter', { measures: 'spend', filter: 'platform=tiktok' }],
    ['bad_request', { measures: ['spend', 'clicks'] }],
    ['bad_request', { measures: 'spend', fitler: 'platform:eq:tiktok' }],
  ])('by GET is refused with %s: %j', (code, query) => {
    expect(codeOf(() => parseRequest(bodyOfQuery(query)))).toBe(code)
  })
})

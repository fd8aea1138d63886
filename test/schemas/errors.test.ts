import { expect, test } from 'vitest'
import type { LogErrorCode } from '../../pipelines/log/port.ts'
import { ERRORS, type ErrorCode, isErrorCode, problem } from '../../schemas/errors.ts'

test('codes are snake case, statuses errors of HTTP, texts sentences', () => {
  for (const [code, { status, title, meaning }] of Object.entries(ERRORS)) {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(600)
    expect(title).toMatch(/^[A-Z][^.]*$/)
    expect(meaning).toMatch(/^[A-Z`].*\.$/)
  }
})

test('what may be sent again has a status that says so', () => {
  for (const [code, { status, retryable }] of Object.entries(ERRORS)) {
    if (retryable) expect({ code, status }).toEqual({ code, status: expect.toBeOneOf([408, 429, 503]) })
  }
})

/** Fails to compile when the log has a code that the table lacks; the compiler names it. */
const MISSING: readonly Exclude<LogErrorCode, ErrorCode>[] = [] satisfies never[]

test('every code of the log is in the table', () => {
  const none: readonly never[] = MISSING
  expect(none).toEqual([])
})

test('problem makes an RFC 9457 body', () => {
  expect(problem('time_out_of_range', '1970-01-01 lies before 1990-01-01', { path: 'occurred_at' })).toEqual({
    type: 'urn:omnify:error:time_out_of_range',
    title: 'Time out of range',
    status: 422,
    code: 'time_out_of_range',
    detail: '1970-01-01 lies before 1990-01-01',
    path: 'occurred_at',
  })
})

test('extension members never replace the standard ones', () => {
  expect(problem('internal', 'd', { status: 200, code: 'ok', type: 'x' })).toMatchObject({
    status: 500,
    code: 'internal',
    type: 'urn:omnify:error:internal',
  })
})

test('isErrorCode knows nothing inherited', () => {
  expect(isErrorCode('internal')).toBe(true)
  expect(isErrorCode('toString')).toBe(false)
})

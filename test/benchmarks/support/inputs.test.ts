import { expect, test } from 'vitest'
import { liveEvent, probeEvent } from '../../../benchmarks/support/live-event.ts'
import { moneyMicros } from '../../../benchmarks/support/money-micros.ts'
import { QUESTION_KINDS, questionOf } from '../../../benchmarks/support/questions.ts'
import { parseRequest } from '../../../query-api/metrics/request.ts'
import { bodyOfQuery } from '../../../query-api/metrics/request-query.ts'
import { parseEvent } from '../../../schemas/parse.ts'

const AT_MS = Date.UTC(2026, 0, 1)
const context = { tenant: 'demo', zone: 'UTC', now_ms: AT_MS }

test('live events are valid, about 300 bytes, the same every time, and never the same twice', () => {
  const texts = Array.from({ length: 1_000 }, (_, i) => liveEvent('s', i, AT_MS))
  for (const text of [...texts, probeEvent('probe-1', AT_MS)]) {
    expect(parseEvent(JSON.parse(text), context), text).toMatchObject({ ok: true })
  }
  const mean = texts.reduce((sum, text) => sum + text.length, 0) / texts.length
  expect(mean).toBeGreaterThan(280)
  expect(mean).toBeLessThan(340)
  expect(texts.map((_, i) => liveEvent('s', i, AT_MS))).toEqual(texts)
  expect(new Set(texts.map((text) => JSON.parse(text).id)).size).toBe(texts.length)
})

test('questions are valid, ask for 30 days within the data, and never have the same text', () => {
  const questions = Array.from({ length: 20_000 }, (_, n) => questionOf(n))
  expect(new Set(questions.map(({ path }) => path)).size).toBe(questions.length)
  expect(new Set(questions.map(({ kind }) => kind))).toEqual(new Set(QUESTION_KINDS))
  for (const { path } of questions.slice(0, 3_000)) {
    const { from, to } = parseRequest(bodyOfQuery(queryOf(path)))
    expect(to! - from!).toBe(30)
    expect(to!).toBeLessThanOrEqual(AT_MS / 86_400_000)
    expect(from!).toBeGreaterThanOrEqual(AT_MS / 86_400_000 - 240)
  }
})

test('money becomes integer micros', () => {
  expect(['12', '0.01', '-3.5', '1.234567', null].map(moneyMicros)).toEqual([
    12_000_000, 10_000, -3_500_000, 1_234_567, 0,
  ])
  for (const text of ['', '1.', '1.2345678', 'x']) expect(() => moneyMicros(text)).toThrow('no money')
})

function queryOf(path: string): Record<string, string> {
  return Object.fromEntries(new URL(path, 'http://x').searchParams)
}

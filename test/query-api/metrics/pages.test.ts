import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeCursors } from '../../../query-api/metrics/cursor.ts'
import type { Position } from '../../../query-api/metrics/order.ts'
import { planOf } from '../../../query-api/metrics/plan.ts'
import { questionText } from '../../../query-api/metrics/question-text.ts'
import { type Groups, keyText } from '../../../query-api/metrics/read.ts'
import { parseRequest } from '../../../query-api/metrics/request.ts'
import { shapeRows } from '../../../query-api/metrics/shape.ts'

type Entry = { campaign: string; country: string; clicks: bigint | null }

function shaped(body: object, entries: readonly Entry[], after?: Position) {
  const plan = planOf(parseRequest({ measures: ['clicks'], dimensions: ['campaign', 'country'], ...body }))
  const groups: Groups = new Map(
    entries.map(({ campaign, clicks, country }) => {
      const keys = [campaign, country]
      const cell = { clicks: clicks ?? 0n, clicks_n: clicks === null ? 0n : 1n, n: 1n }
      return [keyText(keys), { keys, cell }]
    }),
  )
  return shapeRows({ plan, groups, before: undefined, names: new Map(), platforms: [], watermark_ms: undefined, after })
}

const label = fc.constantFrom('', 'a', 'b', 'ä', '=c', 'd\u0001')
const entry = fc.record({ campaign: label, country: label, clicks: fc.option(fc.bigInt({ min: 0n, max: 3n })) })
const order = fc.constantFrom(undefined, 'clicks', '-clicks', '-country', 'country,-clicks')

describe('pages', () => {
  it('add up to the whole answer, whatever the order, also where values tie and are unknown', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 30 }), order, fc.integer({ min: 1, max: 7 }), (entries, by, limit) => {
        const body = by === undefined ? {} : { order: by }
        const whole = shaped(body, entries).rows
        const paged: unknown[] = []
        let after: Position | undefined
        do {
          const page = shaped({ ...body, limit }, entries, after)
          paged.push(...page.rows)
          // On its way through a cursor it is JSON.
          after = page.next === undefined ? undefined : (JSON.parse(JSON.stringify(page.next)) as Position)
        } while (after !== undefined)
        expect(paged).toEqual(whole)
      }),
      { seed: 20_261_123, numRuns: 200 },
    )
  })

  it('go on behind a row that is gone, and skip none that came', () => {
    const entries = ['a', 'b', 'd'].map((campaign) => ({ campaign, country: '', clicks: 1n }))
    const { next } = shaped({ limit: 2 }, entries)
    const now = ['a', 'c', 'd'].map((campaign) => ({ campaign, country: '', clicks: 1n }))
    expect(shaped({ limit: 5 }, now, next).rows.map((row) => row.campaign)).toEqual(['c', 'd'])
  })

  it('are refused rather than cut where no limit was set, with the numbers', () => {
    const entries = Array.from({ length: 10_001 }, (_, i) => ({ campaign: `c${i}`, country: '', clicks: 1n }))
    expect(() => shaped({}, entries)).toThrow(
      expect.objectContaining({ code: 'too_many_rows', extra: { path: 'limit', rows: 10_001, rows_max: 10_000 } }),
    )
    expect(shaped({ limit: 10_001 }, entries)).toMatchObject({ next: undefined })
  })
})

describe('a cursor', () => {
  const cursors = makeCursors(Buffer.alloc(32, 1))
  const made = cursors.make('t', 'question', { keys: ['ä'] })

  it('is read again by whoever has the key', () => {
    expect(makeCursors(Buffer.alloc(32, 1)).read('t', 'question', made)).toEqual({ keys: ['ä'] })
  })

  it.each([
    ['of another tenant', 'u', 'question', made],
    ['of another question', 't', 'question2', made],
    [
      'of which a byte is another',
      't',
      'question',
      `${made.slice(0, 3)}${made[3] === 'A' ? 'B' : 'A'}${made.slice(4)}`,
    ],
    ['without signature', 't', 'question', made.split('.')[0]!],
    ['with more behind', 't', 'question', `${made}.x`],
    ['with a signature of other length', 't', 'question', `${made}AAAA`],
    ['of nothing', 't', 'question', ''],
  ])('%s is refused', (_name, tenant, question, text) => {
    expect(() => cursors.read(tenant, question, text)).toThrow(expect.objectContaining({ code: 'bad_cursor' }))
  })

  it('of another key is refused', () => {
    expect(() => makeCursors(Buffer.alloc(32, 2)).read('t', 'question', made)).toThrow(/not made for this/)
  })
})

describe('a question in one spelling', () => {
  const text = (body: object, with_page = false) =>
    questionText(parseRequest({ measures: ['clicks'], ...body }), with_page)
  const filter = (field: string, value: unknown, op = 'eq') => ({ field, op, value })

  it('is the same however it is said', () => {
    const [a, b] = [filter('platform', 'x'), filter('country', ['A', 'B', 'A'], 'in')]
    expect(text({ filters: [a, b] })).toBe(text({ filters: [filter('country', ['B', 'A'], 'in'), a] }))
    expect(text({ grain: 'day' })).toBe(text({ dimensions: ['day'] }))
    expect(text({ limit: 5 })).toBe(text({ limit: '7', cursor: 'x' }))
  })

  it('differs where answers may', () => {
    const bodies = [
      {},
      { filters: [filter('platform', 'x')] },
      { filters: [filter('platform', 'x', 'ne')] },
      { from: '2025-01-01' },
    ]
    const more = [
      { order: 'clicks' },
      { order: '-clicks' },
      { currency: 'EUR' },
      { as_of: '2025-01-01T00:00:00Z' },
      { limit: 5 },
    ]
    const texts = [...bodies, ...more, { limit: 5, cursor: 'x' }].map((body) => text(body, true))
    expect(new Set(texts).size).toBe(texts.length)
  })
})

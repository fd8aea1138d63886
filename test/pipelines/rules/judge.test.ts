import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Bucket } from '../../../pipelines/rules/buckets.ts'
import { historyOf, judge } from '../../../pipelines/rules/judge.ts'
import { quantityOf } from '../../../pipelines/rules/quantity.ts'
import { decimal } from '../../../pipelines/rules/revisions.ts'
import type { AlertRule } from '../../../schemas/alert-commands.ts'
import { HOUR_MS } from '../../../schemas/zone.ts'

const rule = (over: Partial<AlertRule> = {}): AlertRule => ({
  ...{ name: '', metric: 'orders', condition: { op: 'below', value: '5' }, scope: {}, grain: 'hour' },
  ...{ buckets: 1, volume_min: 0, enabled: true },
  ...over,
})
const START = 4 * 7 * 24
const at = (hour: number) => (START + hour) * HOUR_MS
/** Hours with these many orders, four weeks after the beginning of time. */
const series = (values: readonly number[], first = 0): Bucket[] =>
  values.map((value, n) => ({ start_ms: at(first + n), top: BigInt(value) * 1_000_000n, bottom: 0n, volume: value }))
const spans = (over: Partial<AlertRule>, values: readonly number[]) =>
  judge(rule(over), quantityOf('orders')!, series(values), at(0)).episodes.map(
    ({ ended_ms, last_ms, onset_ms, opened_ms }) =>
      [onset_ms, opened_ms, last_ms, ended_ms].map((ms) => (ms === undefined ? null : ms / HOUR_MS - START)),
  )

describe('a rule', () => {
  it.each<[string, Partial<AlertRule>, number[], (number | null)[][]]>([
    ['nothing', {}, [9, 9, 9], []],
    ['one hour', {}, [9, 1, 9], [[1, 2, 2, 3]]],
    ['what goes on', {}, [9, 1, 1], [[1, 2, 3, null]]],
    ['two in a row only', { buckets: 2 }, [9, 1, 9, 1, 1, 9, 9], [[3, 5, 5, 6]]],
    ['to and fro as one', { buckets: 2 }, [1, 1, 9, 1, 9, 1, 9, 9], [[0, 2, 6, 7]]],
    [
      'two episodes',
      {},
      [1, 9, 1, 9],
      [
        [0, 1, 1, 2],
        [2, 3, 3, 4],
      ],
    ],
    ['above, not at', { condition: { op: 'above', value: '9' } }, [9, 10], [[1, 2, 2, null]]],
    ['no hour with too little in it', { volume_min: 2 }, [9, 1, 9, 3, 1], [[3, 4, 4, null]]],
    ['exact decimals', { condition: { op: 'below', value: '1.000001' } }, [1, 2], [[0, 1, 1, 2]]],
  ])('finds %s', (_name, over, values, expected) => expect(spans(over, values)).toEqual(expected))

  it('compares with the same hour of the weeks before, once there are two', () => {
    const down = rule({ condition: { op: 'drops_by', value: '0.5' } })
    const weeks = (count: number) =>
      Array.from({ length: count }, (_, n) => series([100], -7 * 24 * (count - n))).flat()
    const result = (count: number, now: number) =>
      judge(down, quantityOf('orders')!, [...weeks(count), ...series([now])], at(0))
    expect(result(1, 1)).toMatchObject({ episodes: [], unjudged: 1 })
    expect(result(2, 50).episodes).toEqual([])
    expect(result(4, 49).episodes).toMatchObject([{ observed: 49_000_000n, expected: 100_000_000n }])
    expect(historyOf(down)).toBe(28 * 24 * HOUR_MS)
  })

  it('divides exactly, and leaves out what it cannot divide by', () => {
    const cpm = rule({ metric: 'cpm', condition: { op: 'above', value: '3.333' } })
    const bucket = (top: bigint, bottom: bigint): Bucket => ({ start_ms: at(0), top, bottom, volume: 1 })
    const result = (top: bigint, bottom: bigint) => judge(cpm, quantityOf('cpm')!, [bucket(top, bottom)], at(0))
    expect(result(10_000_000n, 3_000_000_000n).episodes).toMatchObject([{ observed: 3_333_333n }])
    expect(result(9_999_000n, 3_000_000_000n).episodes).toEqual([])
    expect(result(1n, 0n)).toMatchObject({ judged: 0, unjudged: 1 })
  })

  it('says of the past what it said then, whatever comes later', () => {
    const values = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 40 })
    fc.assert(
      fc.property(values, fc.nat(40), fc.integer({ min: 1, max: 4 }), (all, cut, buckets) => {
        const whole = spans({ buckets }, all)
        const part = spans({ buckets }, all.slice(0, cut))
        expect(whole.map(([onset]) => onset).slice(0, part.length)).toEqual(part.map(([onset]) => onset))
        const ended = part.filter(([, , , end]) => end !== null)
        expect(whole.slice(0, ended.length)).toEqual(ended)
        for (const [onset, opened] of whole) expect(opened! - onset!).toBeGreaterThanOrEqual(buckets)
      }),
    )
  })

  it.each([
    [0n, '0'],
    [1_500_000n, '1.5'],
    [-1n, '-0.000001'],
    [12_000_000n, '12'],
  ])('writes %s millionths as %s', (micros, text) => expect(decimal(micros)).toBe(text))

  it.each(['customers', 'reach', 'strange'])('knows no %s by window', (metric) =>
    expect(quantityOf(metric)).toBeUndefined(),
  )
})

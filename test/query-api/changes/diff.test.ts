import { describe, expect, it } from 'vitest'
import type { Touched } from '../../../query-api/changes/causes.ts'
import { compareKeys, diffRows } from '../../../query-api/changes/diff.ts'
import { measureOf } from '../../../schemas/metrics.ts'
import { parseDay } from '../../../schemas/zone.ts'

const measures = (...names: string[]) => names.map((name) => measureOf.get(name)!)
const touched = (one: Partial<Touched>): Touched => ({
  family: 'delivery',
  day: parseDay('2025-01-01')!,
  platform: 'meta',
  currency: 'USD',
  cause: 'restatement',
  facts: 1,
  ...one,
})
const row = { day: '2025-01-01', platform: 'meta', currency: 'USD', finality: 'settling' }

describe('the difference of two answers', () => {
  it('is what differs and was touched, with its cause', () => {
    const was = [{ ...row, spend: '1.00', clicks: 5, orders: null }]
    const is = [{ ...row, spend: '2.00', clicks: 5, orders: 0 }]
    expect(diffRows(measures('spend', 'clicks', 'orders'), was, is, [touched({ facts: 3 })])).toEqual([
      {
        day: '2025-01-01',
        platform: 'meta',
        measure: 'spend',
        old: '1.00',
        new: '2.00',
        cause: 'restatement',
        other_causes: null,
        facts: 3,
        currency: 'USD',
        finality: 'settling',
      },
    ])
  })

  it('names the cause of most facts first, then in the order of the list', () => {
    const changes = diffRows(
      measures('revenue'),
      [],
      [{ ...row, revenue: '5.00' }],
      [
        touched({ family: 'orders', cause: 'new', facts: 2 }),
        touched({ family: 'refunds', cause: 'refund', facts: 4 }),
        touched({ family: 'orders', cause: 'edit', facts: 2 }),
        touched({ family: 'orders', cause: 'edit', facts: 9, currency: 'EUR' }),
      ],
    )
    expect(changes).toHaveLength(1)
    expect(changes[0]).toMatchObject({ old: null, new: '5.00', cause: 'refund', other_causes: 'edit,new', facts: 8 })
  })

  it('keeps a row that is gone, and counts of all currencies where the rows have none', () => {
    const { currency: _, ...plain } = row
    const causes = [
      touched({ family: 'orders', cause: 'edit' }),
      touched({ family: 'orders', cause: 'edit', currency: 'EUR' }),
    ]
    expect(diffRows(measures('orders'), [{ ...plain, orders: 2 }], [], causes)).toMatchObject([
      { measure: 'orders', old: 2, new: null, facts: 2, currency: null },
    ])
  })

  it('takes the causes of a ratio from both of its sums', () => {
    const causes = [touched({ family: 'orders', cause: 'edit' })]
    const was = [{ ...row, mer: '1', ctr: '1' }]
    const is = [{ ...row, mer: '2', ctr: '2' }]
    expect(diffRows(measures('mer', 'ctr'), was, is, causes).map((change) => change.measure)).toEqual(['mer'])
  })

  it('is in the order of its keys, unknown last', () => {
    expect(compareKeys(['a', null], ['a', 'b'])).toBe(1)
    expect(compareKeys(['a', 'b'], ['a', null])).toBe(-1)
    expect(compareKeys([null], [null])).toBe(0)
    const causes = [touched({}), touched({ platform: '' }), touched({ day: parseDay('2024-12-31')! })]
    const is = [
      { ...row, platform: null, spend: '1.00' },
      { ...row, spend: '1.00' },
      { ...row, day: '2024-12-31', spend: '1.00' },
    ]
    expect(diffRows(measures('spend'), [], is, causes).map(({ day, platform }) => [day, platform])).toEqual([
      ['2024-12-31', 'meta'],
      ['2025-01-01', 'meta'],
      ['2025-01-01', null],
    ])
  })
})

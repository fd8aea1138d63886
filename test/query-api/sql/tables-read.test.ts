import { describe, expect, it } from 'vitest'
import { createGate } from '../../../query-api/sql/gate/gate.ts'
import { useStore } from '../../support/store.ts'

const context = useStore()

describe('what a statement reads', () => {
  it.each([
    ['SELECT 1', {}],
    ['SELECT orders FROM windows', { windows: 1 }],
    ['SELECT * FROM orders AS a JOIN orders AS b USING (x), windows', { orders: 2, windows: 1 }],
    [
      'SELECT * FROM (SELECT * FROM orders) WHERE x IN orders AND x IN (SELECT x FROM windows)',
      { orders: 2, windows: 1 },
    ],
    ['SELECT (SELECT count() FROM orders) FROM windows ARRAY JOIN xs', { orders: 1, windows: 1 }],
    ['SELECT 1 FROM orders UNION ALL SELECT 2 FROM orders', { orders: 2 }],
    ['WITH c AS (SELECT x FROM orders) SELECT 1 FROM windows', { windows: 1 }],
    ['WITH c AS (SELECT 1 FROM orders), d AS (SELECT 1 FROM c AS p, c AS q) SELECT 1 FROM d, d AS e', { orders: 4 }],
    ['WITH orders AS (SELECT 1 FROM windows) SELECT 1 FROM orders', { windows: 1 }],
    [
      'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r, orders WHERE n < 9) SELECT n FROM r',
      { orders: 1 },
    ],
  ])('%s', async (sql, reads) => {
    const gate = createGate(context.store, new Set(['orders', 'windows']))
    expect(Object.fromEntries((await gate.check(sql, {})).reads)).toEqual(reads)
  })
})

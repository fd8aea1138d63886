import { describe, expect, it } from 'vitest'
import type { Store } from '../../../pipelines/store/client.ts'
import { rowsOf, sqlCosts } from '../../../query-api/sql/cost.ts'
import { emptyStore } from '../../support/store-double.ts'

const M = 1_000_000

/** A store that says how large its tables are, and how much of the large ones is a tenant's. */
function storeOf(sizes: Record<string, number>, own: Record<string, number>) {
  const asked: string[] = []
  const store: Store = {
    ...emptyStore,
    async query<T>(sql: string) {
      asked.push(sql)
      const is_own = sql.includes('WHERE tenant')
      const rows = Object.entries(is_own ? own : sizes).filter(([name]) => !is_own || sql.includes(` ${name} `))
      return rows.map(([name, count]) => [name, String(count)]) as T[]
    },
  }
  return { store, asked }
}

describe('what a statement may read', () => {
  it('is the sizes of its tables, as often as it reads them; of what hangs on others, theirs too', () => {
    const sizes = new Map([
      ['fact_orders', 10],
      ['fact_order_lines', 300],
    ])
    expect(rowsOf(new Map([['orders', 2]]), sizes)).toBe(20)
    expect(rowsOf(new Map([['order_lines', 1]]), sizes)).toBe(310)
    expect(rowsOf(new Map([['system_tables', 5]]), sizes)).toBe(0)
  })

  it('is counted for a tenant only where tables are large', async () => {
    const { asked, store } = storeOf({ fact_orders: 900, windows_day: 9 * M }, { windows_day: 4 * M })
    const costs = sqlCosts(store, () => 0)
    expect(await costs.atMost('a', new Map([['orders', 3]]))).toBe(2_700)
    expect(asked).toHaveLength(1)
    expect(await costs.atMost('a', new Map([['windows', 1]]))).toBe(4 * M)
    expect(await costs.atMost('a', new Map([['windows', 2]]))).toBe(8 * M)
    // What was counted a moment ago is known.
    expect(asked).toHaveLength(2)
    expect(asked[1]).toContain('windows_day')
    expect(asked[1]).not.toContain('fact_orders')
    expect(await costs.atMost('a', new Map())).toBe(0)
  })
})

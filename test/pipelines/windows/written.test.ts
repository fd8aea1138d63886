import { expect, it } from 'vitest'
import type { Store } from '../../../pipelines/store/client.ts'
import { WrittenPages } from '../../../pipelines/windows/written.ts'
import { WINDOW_SETS } from '../../../schemas/windows.ts'

const keyOf = (tenant: string, day: number) => (tenant === 'a' ? 0 : 100_000) + day
const holding = (rows: readonly (readonly [string, number])[], pages_max?: number) => {
  const store = { query: async (_sql: string, { limit }: { limit: number }) => rows.slice(0, limit) }
  return WrittenPages.ask(store as unknown as Store, WINDOW_SETS[0]!, 1, keyOf, pages_max)
}

it('knows the pages of the store and those that were taken since', async () => {
  const pages = await holding([
    ['a', 20_000],
    ['b', 20_001],
  ])
  expect(pages.take(keyOf('a', 20_000))).toBe(true)
  expect(pages.take(keyOf('b', 20_001))).toBe(true)
  expect(pages.take(keyOf('a', 20_001))).toBe(false)
  expect(pages.take(keyOf('a', 20_001))).toBe(true)
})

it('takes every page for written where the store has more than it remembers', async () => {
  const rows = [20_000, 20_001, 20_002].map((day) => ['a', day] as const)
  expect((await holding(rows, 2)).take(keyOf('a', 20_009))).toBe(true)
  const full = await holding(rows, 3)
  expect(full.take(keyOf('b', 20_000))).toBe(false)
  expect(full.take(keyOf('b', 20_009))).toBe(true)
})

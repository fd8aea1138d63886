import { expect, test } from 'vitest'
import { closedBy, type Looking, ticksOf } from '../../../pipelines/detect/advance.ts'
import type { Tick } from '../../../pipelines/detect/core/closed-bucket.ts'
import { NO_MATURITY } from '../../../pipelines/detect/core/maturity.ts'
import { COMMERCE } from '../../../pipelines/detect/core/scope.ts'
import { groupOf, newTenantState } from '../../../pipelines/detect/core/state.ts'
import { judge } from '../../../pipelines/detect/core/tick.ts'
import type { Row } from '../../../pipelines/detect/rows.ts'
import { HOUR_MS } from '../../../schemas/zone.ts'

const BEGIN_MS = Date.UTC(2025, 8, 1)

function row(hour: number, account: string): Row {
  const counts = {
    rows: 1,
    impressions: 5000,
    clicks: 100,
    spend: 80,
    conversions: 5,
    claimed: 400,
    orders: 0,
    gross: 0,
  }
  const path = { platform: 'meta', account, campaign: `${account}-1`, slice: 'ad|country', currency: 'EUR' }
  return { start_ms: BEGIN_MS + hour * HOUR_MS, ...path, ...counts }
}

/** A platform of two accounts, three days after its first report, and what has come of each hour. */
function twoAccounts() {
  const state = newTenantState()
  const sources = {
    groups: new Map([['meta', { sources: ['meta'], zone: 'UTC' }]]),
    holidays: new Set<number>(),
    maturity: NO_MATURITY,
  }
  const looking: Looking = { state, sources, expected: [] }
  const came = new Map<number, Row[]>()
  const rowsAt = (ms: number) => came.get((ms - BEGIN_MS) / HOUR_MS) ?? []
  function see(hour: number, accounts: readonly string[], age = 1): Tick[] {
    came.set(
      hour,
      accounts.map((account) => row(hour, account)),
    )
    const ticks = [...ticksOf(looking, 'meta', BEGIN_MS + hour * HOUR_MS, rowsAt, age)]
    for (const tick of ticks) judge(state, tick)
    return ticks
  }
  for (let hour = 0; hour < 72; hour++) see(hour, ['a', 'b'])
  const hoursOf = (ticks: readonly Tick[]) => ticks.map(({ start_ms }) => (start_ms - BEGIN_MS) / HOUR_MS)
  return { state, see: (...of: Parameters<typeof see>) => hoursOf(see(...of)) }
}

test('an hour that lacks an account waits for it, and is judged when it comes', () => {
  const { see, state } = twoAccounts()
  expect(see(72, ['a'])).toEqual([])
  expect(see(73, ['a', 'b'])).toEqual([73])
  expect(groupOf(state, 'meta').late).toEqual([72 + BEGIN_MS / HOUR_MS])
  expect(see(72, ['a', 'b'])).toEqual([72])
  expect(groupOf(state, 'meta').late).toEqual([])
})

test('three of five hours that lack an account, or all, are judged as they are', () => {
  const { see } = twoAccounts()
  expect(see(72, ['a'])).toEqual([])
  expect(see(73, ['a', 'b'])).toEqual([73])
  expect(see(74, [])).toEqual([])
  expect(see(75, ['a', 'b'])).toEqual([75])
  expect(see(76, ['a'])).toEqual([72, 74, 76])
})

test('two of six are not', () => {
  const { see } = twoAccounts()
  expect(see(72, ['a'])).toEqual([])
  for (let hour = 73; hour < 77; hour++) expect(see(hour, ['a', 'b'])).toEqual([hour])
  expect(see(77, ['a'])).toEqual([])
  expect(see(78, ['a'])).toEqual([])
})

test('the silence of a shop is judged when it has told of every hour as it went by, and waited for when it was imported', () => {
  const groups = new Map([
    [COMMERCE, { sources: ['shop'], zone: 'UTC' }],
    ['meta', { sources: ['meta'], zone: 'UTC' }],
  ])
  const sources = { groups, holidays: new Set<number>(), maturity: NO_MATURITY }
  /** Up to when its hours are closed, ten hours after its last order, as platforms have told. */
  function closed(ages: readonly number[]): number {
    const state = newTenantState()
    for (const [hour, age] of ages.entries()) {
      const at = BEGIN_MS + hour * HOUR_MS
      for (const tick of ticksOf({ state, sources, expected: [] }, COMMERCE, at, () => [], age)) judge(state, tick)
    }
    const spoken_ms = BEGIN_MS + ages.length * HOUR_MS
    const marks = new Map([
      ['shop', spoken_ms],
      ['meta', spoken_ms + 10 * HOUR_MS],
    ])
    return (closedBy(sources, marks, state).get(COMMERCE)! - spoken_ms) / HOUR_MS
  }
  const imported = Array.from({ length: 48 }, (_, hour) => 47 - hour)
  const live = Array.from({ length: 48 }, () => 0)
  expect(closed(imported)).toBe(0)
  expect(closed(live)).toBe(7)
  expect(closed([...imported, ...live])).toBe(7)
  expect(closed([...live, ...imported])).toBe(0)
})

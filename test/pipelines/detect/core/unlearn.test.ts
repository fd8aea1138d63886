import { describe, expect, it } from 'vitest'
import type { Tick } from '../../../../pipelines/detect/core/closed-bucket.ts'
import { loadState, saveState } from '../../../../pipelines/detect/core/save.ts'
import { scopeKey, seriesKey } from '../../../../pipelines/detect/core/scope.ts'
import { FLAT } from '../../../../pipelines/detect/core/series.ts'
import type { TenantState } from '../../../../pipelines/detect/core/state.ts'
import { HOUR_MS } from '../../../../schemas/zone.ts'
import { adWorld, BEGIN_MS, type Matter, play } from '../support/ad-world.ts'

const LEARNT = 18 * 24
const NOON = LEARNT + 12
const world = (matters: readonly Matter[] = []) => adWorld(7, NOON + 12, matters)
const until = (ticks: readonly Tick[], hour: number) => ticks.filter(({ start_ms }) => hourOf(start_ms) < hour)
const from = (ticks: readonly Tick[], hour: number) => ticks.filter(({ start_ms }) => hourOf(start_ms) >= hour)
const hourOf = (ms: number) => (ms - BEGIN_MS) / HOUR_MS
const learnt = saveState(play(until(world(), LEARNT)).state)
const go = (ticks: readonly Tick[]) => play(from(ticks, LEARNT), loadState(learnt)!)

describe('an incident that is opened some hours after it began', () => {
  const broken: Matter = { platform: 'meta', from: NOON, to: NOON + 12, pixel: 0.5 }
  const conversions = seriesKey('conversions', scopeKey({ platform: 'meta' }))
  /** Of an hour of tomorrow, by what is known. */
  const expected = ({ book }: TenantState) => {
    const when = { slot: 40, factor: 1, factor_variance: 0 }
    return book.expect(book.placeOf(conversions), when, FLAT)!.mean
  }

  it('has taught its series nothing of their level', () => {
    const ticks = world([broken])
    const { incidents } = go(ticks)
    const [incident] = incidents
    expect(incident).toMatchObject({ metric: 'conversions', direction: 'down' })
    const [onset, opened] = [hourOf(incident!.onset_ms), hourOf(incident!.opened_ms)]
    expect(opened - onset).toBeGreaterThanOrEqual(3)
    const before = expected(go(until(ticks, onset)).state)
    const late = expected(go(until(ticks, opened - 1)).state)
    const after = expected(go(until(ticks, opened)).state)
    expect(late / before).toBeLessThan(0.985)
    expect(Math.abs(after / before - 1)).toBeLessThan(0.005)
  })
})

describe('hours in which something is expected', () => {
  const sale: Matter = { from: NOON, to: NOON + 2, site: 3 }
  const awaited = (ticks: readonly Tick[]) =>
    ticks.map((tick): Tick => {
      const hour = hourOf(tick.start_ms)
      return { ...tick, expected: hour >= sale.from && hour < sale.to ? [scopeKey({})] : [] }
    })

  it('are no news, nor are the sums of the hours after them', () => {
    expect(go(awaited(world([sale]))).lines).toEqual([])
  })

  it('would be, if nobody had expected it', () => {
    expect(go(world([sale])).lines).not.toEqual([])
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { classify } from '../../../../models/root-cause/classify.ts'
import type { Tick } from '../../../../pipelines/detect/core/closed-bucket.ts'
import { loadState, saveState } from '../../../../pipelines/detect/core/save.ts'
import { situationOf } from '../../../../pipelines/detect/core/situation.ts'
import { adWorld, type Matter, play } from '../support/ad-world.ts'

const WEEKS = 33 * 24
const LEARNT = 30 * 24
const NOON = LEARNT + 12

/** A month in which nothing was wrong, as a checkpoint: most tests begin behind it. */
const month = saveState(play(adWorld(7, LEARNT)).state)
const goOn = (seed: number, hours: number, matter: Matter) =>
  play(adWorld(seed, hours, [matter]).slice(LEARNT * GROUPS), loadState(month)!)
const GROUPS = 4

describe('one thing that goes wrong', () => {
  const cases: [string, Matter, string][] = [
    ['tracking_break', { platform: 'tiktok', from: NOON, to: NOON + 12, pixel: 0.3 }, '["tiktok"]'],
    ['site_outage', { from: NOON, to: NOON + 5, site: 0.3 }, '[]'],
    ['budget_exhausted', { platform: 'google', from: NOON, to: NOON + 10, volume: 0.4 }, '["google"]'],
    ['reporting_delay', { platform: 'meta', from: NOON, to: NOON + 6, reported: 0.5 }, '["meta"]'],
  ]
  it.each(cases)('%s is one incident of that class, at its place, that ends by itself', (cause, matter, scope) => {
    const { incidents, lines, state } = goOn(7, WEEKS, matter)
    expect(
      lines.filter((line) => line.includes('opened')),
      lines.join('\n'),
    ).toHaveLength(1)
    const [incident] = incidents
    expect(incident).toMatchObject({ scope, direction: 'down', ending: 'back_to_normal' })
    // Judged as it stood when it ended: what is remembered of its buckets is gone after twelve hours.
    const { state: then } = goOn(7, NOON + 5, matter)
    const open = then.incidents.find(({ ended_ms }) => ended_ms === null)!
    const facts = { bid_changed: false, price_changed: false, out_of_stock: false, holiday: false }
    expect(classify(situationOf(then, open, facts))).toMatchObject({ cause })
    expect(state.incidents.every(({ ended_ms }) => ended_ms !== null)).toBe(true)
  })

  it('is found within two hours where there is much of it', () => {
    const { lines } = goOn(8, NOON + 3, { from: NOON, to: NOON + 3, site: 0 })
    expect(lines.find((line) => line.includes('opened'))).toMatch(new RegExp(`^(${NOON}|${NOON + 1}) opened orders`))
  })
})

it('raises nothing in weeks in which nothing is wrong', () => {
  for (const seed of [1, 2]) expect(play(adWorld(seed, WEEKS)).lines, `seed ${seed}`).toEqual([])
})

describe('what is known at a time', () => {
  const world = (seed: number) => adWorld(seed, 17 * 24 + 8, [{ platform: 'meta', from: 400, to: 410, volume: 0.4 }])

  it('does not depend on what comes later', () => {
    const ticks = world(4)
    const whole = play(ticks).lines
    fc.assert(
      fc.property(fc.integer({ min: 1450, max: ticks.length }), (n) => {
        const part = play(ticks.slice(0, n)).lines
        expect(whole.slice(0, part.length)).toEqual(part)
      }),
      { numRuns: 2 },
    )
  })

  it('does not depend on the order in which the scopes of a bucket come', () => {
    const ticks = world(5)
    const sorted = play(ticks)
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (numbers) => {
        const shuffled = ticks.map((tick): Tick => ({ ...tick, sums: shuffle(tick.sums, numbers) }))
        expect(play(shuffled).lines).toEqual(sorted.lines)
      }),
      { numRuns: 1 },
    )
  })

  it('goes on from a checkpoint as if nothing had been, byte for byte', () => {
    const ticks = world(6)
    const through = play(ticks)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: ticks.length - 1 }), (n) => {
        const first = play(ticks.slice(0, n))
        const restored = loadState(saveState(first.state))!
        // Incidents come from their alerts, as plain data.
        restored.incidents.push(...structuredClone(first.state.incidents))
        const second = play(ticks.slice(n), restored)
        expect(saveState(second.state)).toBe(saveState(through.state))
        expect([...first.lines, ...second.lines]).toEqual(through.lines)
      }),
      { numRuns: 2 },
    )
  })
})

function shuffle<K, V>(map: ReadonlyMap<K, V>, numbers: Iterator<number>): Map<K, V> {
  const keyed = [...map].map((entry) => ({ entry, key: numbers.next().value as number }))
  return new Map(keyed.sort((a, b) => a.key - b.key).map(({ entry }) => entry))
}

import { describe, expect, test } from 'vitest'
import { followDay, openAccount } from '../../../models/fatigue/account.ts'
import { evidence, observe, openChannel, restart } from '../../../models/fatigue/channel.ts'
import { couplingOf } from '../../../models/fatigue/coupling.ts'
import { COUPLINGS } from '../../../models/fatigue/couplings.ts'
import { byAccountAndDay, type CreativeDay } from '../../../models/fatigue/day.ts'
import { AGE, SHAPES, shapesAt } from '../../../models/fatigue/shapes.ts'
import { shippedModel } from '../../../models/fatigue/shipped.ts'
import { drawNormal } from '../../../models/math/draw.ts'
import { seeded } from '../../../models/math/random.ts'

const { structure } = shippedModel().model

/** Twelve creatives side by side, half of them wearing out; their prices follow that `coupling` times as usual. */
function account(coupling: number, seed: number): CreativeDay[] {
  const random = seeded(seed)
  return Array.from({ length: 12 }, (_, c) => {
    const pace = c % 2 === 0 ? 0.01 + 0.02 * random() : 0
    return Array.from({ length: 45 }, (_, age) => {
      const wear = pace * Math.max(0, age - 3)
      const clicks = 300 * Math.exp(-0.65 * wear)
      return {
        ...{ account: 'a', creative: `c${c}`, day: age, age, impressions: 20_000, reach_cum: null, reach: null },
        ...{ conversions: null, hook_views: null },
        clicks: Math.round(clicks + Math.sqrt(clicks) * drawNormal(random)),
        spend:
          Math.round(30_000 * Math.exp(coupling * structure.loadings.costs * wear + 3e-4 * drawNormal(random))) / 100,
      }
    })
  }).flat()
}

describe('how closely prices follow wear', () => {
  const found = (coupling: number, seed: number) => {
    const followed = openAccount()
    for (const rows of byAccountAndDay(account(coupling, seed)).get('a')!)
      followDay(followed, rows, structure, () => {})
    return couplingOf(followed.couplings)
  }

  test.each([0, 0.6, 1.4])('is found in the account itself: %f', (coupling) => {
    expect(Math.abs(found(coupling, 1) - coupling)).toBeLessThan(0.3)
  })

  test('is taken to be about as usual before anything was seen', () => {
    const before = couplingOf(new Float64Array(COUPLINGS.length))
    expect(before).toBeGreaterThan(0.6)
    expect(before).toBeLessThan(1)
  })
})

describe('a level that moves for good', () => {
  const drift = { correlation: 0.97, variance: 1e-4 }
  /** A straight rise of 0.01 a day; on day 20 the level jumps by 3, and the channel is told. */
  const rise = (jump: number, told: boolean) => {
    const channel = openChannel(drift)
    const shapes = new Float64Array(SHAPES)
    for (let age = 0; age < 40; age++) {
      shapesAt(age, 0, shapes)
      if (age === 20 && told) restart(channel, drift)
      observe(channel, drift, age, 0.01 * age + (age >= 20 ? jump : 0), 1e-6, shapes)
    }
    const { linear, square } = evidence(channel, -1, AGE)
    return { size: linear / square, deviation: 1 / Math.sqrt(square) }
  }

  test('says nothing of wear, and what was before and after it goes on counting', () => {
    const { deviation, size } = rise(3, true)
    expect(Math.abs(size - 0.01)).toBeLessThan(0.0005)
    expect(deviation).toBeLessThan(1.7 * rise(0, false).deviation)
  })

  test('would be taken for wear otherwise', () => {
    expect(Math.abs(rise(3, false).size - 0.01)).toBeGreaterThan(0.05)
  })
})

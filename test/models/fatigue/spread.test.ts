import { describe, expect, test } from 'vitest'
import { accountSpread, intervalOf } from '../../../models/fatigue/spread.ts'
import { drawNormal } from '../../../models/math/draw.ts'
import { seeded } from '../../../models/math/random.ts'

/** Accounts whose chances are off by a shift in log odds of their own, forecast without it. */
function accounts(deviation: number) {
  const random = seeded(3)
  const names: string[] = []
  const chances: number[] = []
  const outcomes: number[] = []
  for (let a = 0; a < 80; a++) {
    const shift = deviation * drawNormal(random)
    for (let i = 0; i < 400; i++) {
      const odds = -2 + drawNormal(random)
      names.push(`a${a}`)
      chances.push(1 / (1 + Math.exp(-odds)))
      outcomes.push(random() < 1 / (1 + Math.exp(-odds - shift)) ? 1 : 0)
    }
  }
  return { names, chances, outcomes }
}

describe('how far accounts are from their forecasts', () => {
  test.each([0.4, 0.8])('is found again: %f', (deviation) => {
    const { chances, names, outcomes } = accounts(deviation)
    expect(Math.abs(accountSpread(names, chances, outcomes) / deviation - 1)).toBeLessThan(0.25)
  })

  test('is as far as can be where too few accounts could show it', () => {
    expect(accountSpread(['a', 'b', 'c'], [0.5, 0.5, 0.5], [0, 1, 0])).toBe(2)
  })

  test('is never said to be nothing', () => {
    const five = ['a', 'b', 'c', 'd', 'e']
    expect(accountSpread([...five, ...five], new Float64Array(10).fill(0.5), [0, 0, 0, 0, 0, 1, 1, 1, 1, 1])).toBe(0.15)
  })
})

test('the interval holds the chance, stays within 0 to 1 and grows with the spread', () => {
  for (const chance of [0, 1e-9, 0.01, 0.5, 0.99, 1]) {
    const [narrow, wide] = [intervalOf(chance, 0.2), intervalOf(chance, 1)]
    for (const { high, low } of [narrow, wide]) {
      expect(low).toBeGreaterThanOrEqual(0)
      expect(low).toBeLessThanOrEqual(chance)
      expect(high).toBeGreaterThanOrEqual(chance)
      expect(high).toBeLessThanOrEqual(1)
    }
    expect(wide.high).toBeGreaterThanOrEqual(narrow.high)
  }
})

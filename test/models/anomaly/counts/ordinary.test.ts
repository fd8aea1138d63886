import { expect, test } from 'vitest'
import { smallerTail, tailsOf, twoSided } from '../../../../models/anomaly/counts/count-law.ts'
import { isOrdinary, ORDINARY_P } from '../../../../models/anomaly/counts/ordinary.ts'
import { uniformOf } from '../../../../models/anomaly/counts/uniform.ts'
import { drawGamma, drawPoisson } from '../../../../models/math/draw.ts'
import { seeded } from '../../../../models/math/random.ts'

const MILLION = 1_000_000

/** Counts, most of them of the law they are held against, some of one of another mean. */
function* drawn(points: number) {
  const random = seeded(71)
  for (let n = 0; n < points; n++) {
    const mean = 2 * 10_000 ** random()
    const dispersion = 10 ** (-5 + 5 * random())
    const factor = n % 4 === 0 ? 0.3 + 2 * random() : 1
    const count = drawPoisson(random, drawGamma(random, 1 / dispersion) * mean * factor * dispersion)
    const zeros = n % 3 === 0 ? 0.5 * random() : 0
    yield { count, law: { mean, dispersion, zeros }, u: uniformOf(n, 1) }
  }
}

test('a million points: what is called ordinary has a p-value of a tenth or more, whatever it is randomised by', () => {
  let [shown, missed] = [0, 0]
  let n = 0
  for (const { count, law, u } of drawn(MILLION)) {
    const isShown = isOrdinary(count, law)
    // Of those that are not shown one in ten says how many could have been.
    if (!isShown && n++ % 10 !== 0) continue
    const p = 2 * Math.abs(smallerTail(count, law, u))
    if (isShown) shown++
    else if (p >= ORDINARY_P) missed += 10
    if (isShown && p < ORDINARY_P) expect.fail(`${count} of ${JSON.stringify(law)} has ${p}`)
  }
  // It must also be of use: most of what is ordinary is shown to be.
  expect(shown).toBeGreaterThan(MILLION / 2)
  expect(shown / (shown + missed)).toBeGreaterThan(0.75)
}, 240_000)

test('the smaller tail is that of both tails, to the last bit', () => {
  for (const { count, law, u } of drawn(20_000)) {
    const tails = tailsOf(count, law)
    const p = Math.min(1, 2 * Math.abs(smallerTail(count, law, u)))
    // A tail too small for a double keeps its side, as the smallest double.
    expect(p > 2 * Number.MIN_VALUE ? p : 0).toBe(twoSided(tails, u))
    const low = tails.below + u * tails.at
    const high = tails.above + (1 - u) * tails.at
    if (low !== high) expect(smallerTail(count, law, u) < 0, `${count} of ${JSON.stringify(law)}`).toBe(low < high)
  }
})

test('at the edge of what is shown the least p-value, over all u, is a tenth or more', () => {
  for (const mean of [3, 20, 150, 4_000, 1e6]) {
    for (const dispersion of [1e-6, 0.01, 0.1, 0.5, 0.99]) {
      for (const zeros of [0, 0.1, 0.25, 0.5]) {
        const law = { mean, dispersion, zeros }
        const middle = Math.ceil(mean)
        const ends = [edge(middle, -1, law), edge(middle, 1, law)]
        for (const count of ends.filter((end) => end !== null)) {
          const { above, below } = tailsOf(count, law)
          expect(2 * Math.min(above, below), `${count} of ${JSON.stringify(law)}`).toBeGreaterThanOrEqual(ORDINARY_P)
        }
      }
    }
  }
})

/** The furthest count on one side that is shown to be ordinary; null where not even the middle is. */
function edge(middle: number, side: 1 | -1, law: Parameters<typeof isOrdinary>[1]): number | null {
  if (!isOrdinary(middle, law)) return null
  let [inside, step] = [middle, 1]
  while (isOrdinary(inside + side * step, law)) {
    inside += side * step
    step *= 2
  }
  for (; step >= 1; step /= 2) if (isOrdinary(inside + side * step, law)) inside += side * step
  return inside
}

test('with outages too far below for a double the tail is the lower one', () => {
  expect(smallerTail(0, { mean: 1e6, dispersion: 1e-6, zeros: 0 }, 0.5)).toBeLessThan(0)
})

import type { Cube } from '../../models/root-cause/cube.ts'
import type { Element } from './generate.ts'

/**
 * Adtributor (Bhagwan et al., NSDI 2014): causes lie in one dimension. In each dimension the values are taken in order
 * of surprise (half the Jensen-Shannon divergence that a value adds between its expected and its real share), those
 * that explain at least a tenth, until two thirds of the change are explained; the dimension of most surprise wins.
 */
export function adtributor(cube: Cube): Element[] {
  const total = (side: Float64Array) => side.reduce((sum, value) => sum + value, 0)
  const [all_real, all_expected] = [total(cube.real), total(cube.expected)]
  let best: { elements: Element[]; surprise: number } | null = null
  cube.dimensions.forEach(({ codes, values }, d) => {
    const real = new Float64Array(values.length)
    const expected = new Float64Array(values.length)
    codes.forEach((code, leaf) => {
      real[code]! += cube.real[leaf]!
      expected[code]! += cube.expected[leaf]!
    })
    const bySurprise = values
      .map((_, code) => ({
        code,
        surprise: surpriseOf(expected[code]! / all_expected, real[code]! / all_real),
        power: (real[code]! - expected[code]!) / (all_real - all_expected),
      }))
      .filter(({ power }) => power > POWER_OF_VALUE_MIN)
      .sort((a, b) => b.surprise - a.surprise)
    const elements: Element[] = []
    let [power, surprise] = [0, 0]
    for (const one of bySurprise) {
      if (power > POWER_MIN) break
      elements.push(cube.dimensions.map((_, other) => (other === d ? one.code : -1)))
      power += one.power
      surprise += one.surprise
    }
    if (power > POWER_MIN && (best === null || surprise > best.surprise)) best = { elements, surprise }
  })
  return (best as { elements: Element[] } | null)?.elements ?? []
}

/** TEP and TEEP of the paper. */
const POWER_MIN = 0.67
const POWER_OF_VALUE_MIN = 0.1

function surpriseOf(p: number, q: number): number {
  const term = (x: number) => (x > 0 ? x * Math.log((2 * x) / (p + q)) : 0)
  return 0.5 * (term(p) + term(q))
}

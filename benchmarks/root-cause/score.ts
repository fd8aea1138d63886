import type { Random } from '../../models/math/random.ts'
import type { Cube } from '../../models/root-cause/cube.ts'
import type { Cuboid } from '../../models/root-cause/lattice.ts'
import type { Element } from './generate.ts'

/** Of one case: attribute combinations found exactly, found but wrong, and missed. */
export type Hits = { readonly right: number; readonly wrong: number; readonly missed: number }

/** An attribute combination counts only when it is exactly one of the injected ones. */
export function hitsOf(found: readonly Element[], causes: readonly Element[]): Hits {
  const wanted = new Set(causes.map(String))
  const named = new Set(found.map(String))
  const right = [...named].filter((one) => wanted.has(one)).length
  return { right, wrong: named.size - right, missed: wanted.size - right }
}

/** F1 over all cases together, with the middle 95 % of what it is over cases drawn again from these. */
export function f1WithInterval(cases: readonly Hits[], random: Random) {
  const again = Array.from({ length: DRAWS }, () =>
    f1(cases.map(() => cases[Math.floor(random() * cases.length)]!)),
  ).sort((a, b) => a - b)
  return { f1: f1(cases), low: again[Math.floor(DRAWS * 0.025)]!, high: again[Math.ceil(DRAWS * 0.975) - 1]! }
}

const DRAWS = 2_000

/** 1 when there was nothing to find and nothing was found. */
export function f1(cases: readonly Hits[]): number {
  const sum = (name: keyof Hits) => cases.reduce((total, hits) => total + hits[name], 0)
  const [right, off] = [sum('right'), sum('wrong') + sum('missed')]
  return right + off === 0 ? 1 : (2 * right) / (2 * right + off)
}

export function elementOf(cube: Cube, { dims, leaf }: Cuboid, cell: number): Element {
  return cube.dimensions.map(({ codes }, d) => (dims.includes(d) ? codes[leaf[cell]!]! : -1))
}

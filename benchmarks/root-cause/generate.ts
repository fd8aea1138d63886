import { drawExponential, drawNormal } from '../../models/math/draw.ts'
import type { Random } from '../../models/math/random.ts'
import type { Cube } from '../../models/root-cause/cube.ts'

/** How cases are drawn; pairs are the two ends of a uniform distribution. */
export type CaseKind = {
  /** How many values each dimension has. */
  readonly sizes: readonly number[]
  readonly noise: Range
  readonly anomalies: Range
  /** Attribute combinations of one anomaly, all of one cuboid. */
  readonly elements: Range
  readonly severity: Range
  readonly deviation: Range
  /** Every anomaly in the finest layer. */
  readonly only_leaves: boolean
}

type Range = readonly [low: number, high: number]

/** The two families of cases of the RiskLoc paper (Kalander 2022, arXiv:2205.10004), there called S and L. */
export const KINDS = {
  mixed: {
    sizes: [10, 12, 10, 8, 5],
    noise: [0, 0.25],
    anomalies: [1, 3],
    elements: [1, 3],
    severity: [0.2, 1],
    deviation: [0, 0.1],
    only_leaves: false,
  },
  leaves: {
    sizes: [10, 24, 10, 15],
    noise: [0, 0.1],
    anomalies: [1, 5],
    elements: [1, 1],
    severity: [0.5, 1],
    deviation: [0, 0],
    only_leaves: true,
  },
} as const satisfies Record<string, CaseKind>

/** An attribute combination: per dimension the code of a value, or -1 for any. */
export type Element = readonly number[]

export type Case = { readonly cube: Cube; readonly causes: readonly Element[] }

/**
 * One case. Leaf values are Weibull, some zero; the forecast is off by normal relative errors; for a random half of
 * the leaves forecast and value are swapped, so that errors are alike on both sides. The anomalies then scale down the
 * side that is the smaller one already. Anomalies never share a cuboid (except the finest) nor a value of a dimension.
 */
export function drawCase(kind: CaseKind, random: Random): Case {
  const zero_rate = uniform(random, [0, 0.25])
  const noise = uniform(random, kind.noise)
  const cube = drawNormalLeaves(kind.sizes, zero_rate, noise, random)
  const anomalies = drawAnomalies(kind, cube, noise, random)
  const total = (side: Float64Array) => side.reduce((sum, value) => sum + value, 0)
  const falling = total(cube.real) > total(cube.expected) ? cube.expected : cube.real
  const steady = falling === cube.real ? cube.expected : cube.real
  for (const anomaly of anomalies) apply(anomaly, cube, falling, steady, random)
  return { cube, causes: anomalies.flatMap(({ elements }) => elements) }
}

type Anomaly = {
  readonly dims: readonly number[]
  readonly elements: readonly Element[]
  readonly severity: number
  readonly deviation: number
}

function drawNormalLeaves(sizes: readonly number[], zero_rate: number, noise: number, random: Random): Cube {
  const leaves = sizes.reduce((product, size) => product * size, 1)
  const alpha = uniform(random, [0.5, 1])
  const real = new Float64Array(leaves)
  const expected = new Float64Array(leaves)
  for (let leaf = 0; leaf < leaves; leaf++) {
    const value = random() > zero_rate ? drawExponential(random) ** (1 / alpha) * 100 : 0
    const off = value * (1 + noise * drawNormal(random))
    const swapped = random() < 0.5
    real[leaf] = swapped ? off : value
    expected[leaf] = Math.max(0, swapped ? value : off)
  }
  const dimensions = sizes.map((size, d) => {
    const stride = sizes.slice(d + 1).reduce((product, one) => product * one, 1)
    return {
      name: 'abcdefgh'[d]!,
      values: Array.from({ length: size }, (_, k) => `${'abcdefgh'[d]}${k + 1}`),
      codes: Int32Array.from({ length: leaves }, (_, leaf) => Math.floor(leaf / stride) % size),
    }
  })
  return { dimensions, real, expected }
}

/** How many and of which layers is drawn first and stays, so that what is hard to place is not drawn less often. */
function drawAnomalies(kind: CaseKind, cube: Cube, noise: number, random: Random): Anomaly[] {
  for (;;) {
    const anomalies: Anomaly[] = []
    const wanted = whole(random, kind.anomalies)
    while (anomalies.length < wanted) {
      const placed = drawAnomaly(kind, cube, noise, anomalies, random)
      if (placed === null) break
      anomalies.push(placed)
    }
    if (anomalies.length === wanted) return anomalies
  }
}

/** One anomaly, or null when it finds no place among those that are there. */
function drawAnomaly(kind: CaseKind, cube: Cube, noise: number, others: readonly Anomaly[], random: Random) {
  const count = kind.sizes.length
  const layer = kind.only_leaves ? count : whole(random, [1, count])
  const wanted = whole(random, kind.elements)
  const severity = uniform(random, kind.severity) + noise
  const deviation = uniform(random, kind.deviation)
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const dims = chooseDims(count, layer, random)
    if (layer < count && others.some((other) => other.dims.join() === dims.join())) continue
    const elements = drawElements(kind.sizes, dims, wanted, others, random)
    if (elements === null) continue
    if (layer === count && elements.some((element) => cube.real[leafOf(element, kind.sizes)] === 0)) continue
    return { dims, elements, severity, deviation }
  }
  return null
}

/** Anomalies of many elements may leave no value of a small dimension to the next; then all are drawn anew. */
const TRIES_MAX = 1_000

function drawElements(
  sizes: readonly number[],
  dims: readonly number[],
  wanted: number,
  others: readonly Anomaly[],
  random: Random,
): Element[] | null {
  const free = dims.map((d) => {
    const used = new Set(others.flatMap(({ elements }) => elements.map((element) => element[d]!)))
    return Array.from({ length: sizes[d]! }, (_, value) => value).filter((value) => !used.has(value))
  })
  if (free.some((values) => values.length === 0)) return null
  const elements = Array.from({ length: wanted }, () => {
    const element = new Array<number>(sizes.length).fill(-1)
    dims.forEach((d, k) => {
      element[d] = free[k]![Math.floor(random() * free[k]!.length)]!
    })
    return element
  })
  return new Set(elements.map(String)).size < wanted ? null : elements
}

function apply(
  { elements, severity, deviation }: Anomaly,
  cube: Cube,
  falling: Float64Array,
  steady: Float64Array,
  random: Random,
): void {
  falling.forEach((_, leaf) => {
    const hit = elements.some((element) =>
      element.every((value, d) => value === -1 || value === cube.dimensions[d]!.codes[leaf]),
    )
    if (hit) falling[leaf] = Math.max(0, steady[leaf]! * (1 - severity - deviation * drawNormal(random)))
  })
}

function chooseDims(count: number, layer: number, random: Random): number[] {
  const rest = Array.from({ length: count }, (_, d) => d)
  return Array.from({ length: layer }, () => rest.splice(Math.floor(random() * rest.length), 1)[0]!).sort(
    (a, b) => a - b,
  )
}

function leafOf(element: Element, sizes: readonly number[]): number {
  return element.reduce((leaf, value, d) => leaf * sizes[d]! + value, 0)
}

function uniform(random: Random, [low, high]: Range): number {
  return low + (high - low) * random()
}

function whole(random: Random, [low, high]: Range): number {
  return low + Math.floor(random() * (high - low + 1))
}

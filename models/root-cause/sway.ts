import type { Cube, Dimension } from './cube.ts'
import type { Noise } from './noise.ts'

/** How far off forecasts of whole values are: a standard deviation of ln(real / expected), and how well it is known. */
export type Sway = { readonly deviation: number; readonly degrees_of_freedom: number }

/**
 * How far forecasts of whole values of a dimension (a country, a campaign) are off together, beyond what the noise of
 * their leaves makes; 0 when nothing of the kind shows. Without it, a forecast that is a little wrong for a thousand leaves alike would pass for a thousand witnesses of a cause.
 *
 * From the median size over the values of all dimensions, each against the middle one of its dimension: as long as
 * causes hold fewer than half of the values they do not widen it.
 */
export function learnSway(cube: Cube, noise: Noise): Sway {
  const squares = cube.dimensions.flatMap((dimension) => beyondNoise(cube, dimension, noise)).sort((a, b) => a - b)
  if (squares.length < VALUES_MIN) return { deviation: 0, degrees_of_freedom: 1 }
  const deviation = Math.sqrt(Math.max(0, squares[squares.length >> 1]!))
  return { deviation, degrees_of_freedom: MEDIAN_EFFICIENCY * squares.length }
}

/**
 * The most (nats) that a cell of a layer can prove by losing `size` of its sum, when the forecast of each of its values
 * sways: however many leaves agree, they may agree in that error. Student's t and not the normal law, for the sway
 * itself is only known from a few values.
 */
export function swayBound(size: number, layer: number, { deviation, degrees_of_freedom }: Sway): number {
  // That the whole cube moved is what the alert has said; nobody asks here whether it did.
  if (deviation === 0 || layer === 0) return Number.POSITIVE_INFINITY
  const square = Math.log(1 - Math.min(LOST_MAX, size)) ** 2 / (layer * deviation ** 2)
  return ((degrees_of_freedom + 1) / 2) * Math.log1p(square / degrees_of_freedom)
}

/** Of a median as an estimate of scale: that many of its values are worth as much in a standard deviation. */
const MEDIAN_EFFICIENCY = 0.37
const LOST_MAX = 0.98
/** Fewer values tell nothing. */
const VALUES_MIN = 6
/** The median of the square of a standard normal. */
const SQUARE_MEDIAN = 0.4549

/** Per value: what the square of its change says of the variance, less what its leaves explain. */
function beyondNoise(
  { real, expected }: Cube,
  { codes, values }: Dimension,
  { relative, dispersion }: Noise,
): number[] {
  const came = new Float64Array(values.length)
  const due = new Float64Array(values.length)
  const squares = new Float64Array(values.length)
  for (let leaf = 0; leaf < codes.length; leaf++) {
    const code = codes[leaf]!
    came[code]! += real[leaf]!
    due[code]! += expected[leaf]!
    squares[code]! += expected[leaf]! ** 2
  }
  const changes = values.flatMap((_, code) => {
    if (came[code]! <= 0 || due[code]! <= 0) return []
    const variance = (relative ** 2 * squares[code]!) / due[code]! ** 2 + dispersion / due[code]!
    return [{ change: Math.log(came[code]! / due[code]!), variance }]
  })
  if (changes.length < 3) return []
  const middle = changes.map(({ change }) => change).sort((a, b) => a - b)[changes.length >> 1]!
  return changes.map(({ change, variance }) => (change - middle) ** 2 / SQUARE_MEDIAN - variance)
}

import { FIRST_SLUMP, SHAPES, slumpsSeen } from './shapes.ts'

/**
 * One measured series of a creative (log click rate, log hook rate), reduced to what a fit by generalised least squares
 * needs. A value is its level, less the wear times a loading, plus what drifts about the level (autoregressive), plus
 * counting noise. Kalman's gain depends on the variances alone, so one filter whitens the values and every shape of
 * wear at once, and any shape can be compared with any other at any time from a few sums.
 */
export type Channel = {
  /** Of the drift before the next value. */
  variance: number
  age: number
  values: number
  /** Predictions of the drift, had the constant 1, the value or a shape been observed. */
  one_state: number
  value_state: number
  shape_states: Float64Array
  /** Sums of products of innovations over their variance. */
  one_one: number
  one_value: number
  one_shape: Float64Array
  shape_shape: Float64Array
  shape_value: Float64Array
}

export type Drift = {
  /** Correlation from one day to the next. */
  readonly correlation: number
  /** Of the drift, in squared logs. */
  readonly variance: number
}

export function openChannel(drift: Drift): Channel {
  return {
    variance: drift.variance,
    age: -1,
    values: 0,
    one_state: 0,
    value_state: 0,
    shape_states: new Float64Array(SHAPES_AT_FIRST),
    one_one: 0,
    one_value: 0,
    one_shape: new Float64Array(SHAPES_AT_FIRST),
    shape_shape: new Float64Array(SHAPES_AT_FIRST),
    shape_value: new Float64Array(SHAPES_AT_FIRST),
  }
}

/** Most creatives are gone before there are more. */
const SHAPES_AT_FIRST = 40

/** Room for all shapes that can be told at an age: a shape that could not be told yet has added nothing. */
function makeRoom(channel: Channel, shapes: number): void {
  if (shapes <= channel.shape_states.length) return
  const room = Math.min(SHAPES, Math.max(shapes, 2 * channel.shape_states.length))
  for (const name of ['shape_states', 'one_shape', 'shape_shape', 'shape_value'] as const) {
    const wider = new Float64Array(room)
    wider.set(channel[name])
    channel[name] = wider
  }
}

/**
 * Takes in one value.
 *
 * @param noise variance of its counting noise, squared logs
 * @param shapes what every shape of wear is at this age
 */
export function observe(
  channel: Channel,
  drift: Drift,
  age: number,
  value: number,
  noise: number,
  shapes: Float64Array,
) {
  const shape_count = FIRST_SLUMP + slumpsSeen(age)
  makeRoom(channel, shape_count)
  if (channel.values > 0) pass(channel, drift, Math.max(0, age - channel.age))
  const spread = channel.variance + noise
  const gain = channel.variance / spread
  const one = 1 - channel.one_state
  const surprise = value - channel.value_state
  channel.one_state += gain * one
  channel.value_state += gain * surprise
  channel.one_one += (one * one) / spread
  channel.one_value += (one * surprise) / spread
  for (let i = 0; i < shape_count; i++) {
    const shape = shapes[i]! - channel.shape_states[i]!
    channel.shape_states[i]! += gain * shape
    channel.one_shape[i]! += (one * shape) / spread
    channel.shape_shape[i]! += (shape * shape) / spread
    channel.shape_value[i]! += (shape * surprise) / spread
  }
  channel.variance *= 1 - gain
  channel.age = age
  channel.values++
}

/** Its drift may have jumped: the next values say anew where it is, and what was before only how fast it moved. */
export function loosen(channel: Channel, variance: number): void {
  channel.variance += variance
}

/**
 * Its level has moved for good, nobody knows how far: what came before keeps what it said of the shapes, its level
 * integrated out, and the next value begins a level of its own.
 */
export function restart(channel: Channel, drift: Drift): void {
  const level = channel.one_one + LEVEL_PRECISION
  for (let i = 0; i < channel.one_shape.length; i++) {
    const one_shape = channel.one_shape[i]!
    channel.shape_shape[i]! -= (one_shape * one_shape) / level
    channel.shape_value[i]! -= (one_shape * channel.one_value) / level
  }
  channel.one_shape.fill(0)
  channel.shape_states.fill(0)
  channel.one_one = 0
  channel.one_value = 0
  channel.one_state = 0
  channel.value_state = 0
  channel.variance = drift.variance
}

/** Days go by: what was learnt about the drift fades. */
function pass(channel: Channel, { correlation, variance }: Drift, days: number): void {
  const kept = correlation ** days
  channel.variance = kept * kept * channel.variance + variance * (1 - kept * kept)
  channel.one_state *= kept
  channel.value_state *= kept
  const shape_count = FIRST_SLUMP + slumpsSeen(channel.age)
  for (let i = 0; i < shape_count; i++) channel.shape_states[i]! *= kept
}

/** Precision of a level before any value: log rates of creatives differ by a factor of seven or so. */
const LEVEL_PRECISION = 0.25

/**
 * What one channel says about the size b of a shape: its log likelihood is `linear`·b − ½·`square`·b², the level
 * integrated out.
 *
 * @param loading how much of the wear of cost per result shows in this series, which falls by it
 */
export function evidence(channel: Channel, loading: number, shape: number): { linear: number; square: number } {
  // No value since the shape can be told: it says nothing.
  if (shape >= channel.one_shape.length) return { linear: 0, square: 0 }
  const level = channel.one_one + LEVEL_PRECISION
  const one_shape = channel.one_shape[shape]!
  const square = channel.shape_shape[shape]! - (one_shape * one_shape) / level
  const linear = channel.shape_value[shape]! - (one_shape * channel.one_value) / level
  return { linear: -loading * linear, square: loading * loading * square }
}

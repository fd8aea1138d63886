import { RESIDUAL_REALS } from './residual.ts'
import { SEASON_SINGLES } from './season.ts'
import { SIDES, STREAM_REALS, STREAMS } from './streams.ts'
import { TAIL_SINGLES } from './tail.ts'

/**
 * What is remembered of any number of series, side by side in two arrays: no objects, so that a million series fit, and
 * the bytes of a series can be kept with a checkpoint and put back.
 */
export type Memory = {
  /** Counters, levels and times, which need all digits. */
  readonly reals: Float64Array
  /** Peaks and the profile of the day: differences, for which seven digits are enough. */
  readonly singles: Float32Array
}

/** Places of the reals of a series. */
export const COUNT = 0
export const ORIGIN = 1
export const PREVIOUS = 2
export const NEWS_AT = 3
export const NEWS_EVIDENCE = 4
export const SEASON_SPREAD = 5
export const RESIDUALS_AT = 6
export const STREAMS_AT = RESIDUALS_AT + RESIDUAL_REALS
export const LAST_PEAK_AT = STREAMS_AT + STREAMS.length * STREAM_REALS
export const REALS = LAST_PEAK_AT + STREAMS.length * SIDES

/** Places of the singles of a series. */
export const TAILS_AT = 0
export const SEASON_AT = STREAMS.length * SIDES * TAIL_SINGLES
export const SINGLES = SEASON_AT + SEASON_SINGLES

/** Bytes that one series takes. */
export const STATE_BYTES = REALS * 8 + SINGLES * 4

/** Room for so many series, none of which has seen a point. */
export function makeMemory(series: number): Memory {
  return { reals: new Float64Array(series * REALS), singles: new Float32Array(series * SINGLES) }
}

/** The bytes of one series, for a checkpoint. */
export function saveSeries(memory: Memory, series: number): Uint8Array {
  const bytes = new Uint8Array(STATE_BYTES)
  const { reals, singles } = memory
  bytes.set(bytesOf(reals.subarray(series * REALS, (series + 1) * REALS)), 0)
  bytes.set(bytesOf(singles.subarray(series * SINGLES, (series + 1) * SINGLES)), REALS * 8)
  return bytes
}

/** @throws RangeError for bytes that `saveSeries` of this version did not write */
export function restoreSeries(memory: Memory, series: number, bytes: Uint8Array): void {
  if (bytes.length !== STATE_BYTES) {
    throw new RangeError(`the state of a series has ${STATE_BYTES} bytes, given are ${bytes.length}`)
  }
  const copy = bytes.slice()
  memory.reals.set(new Float64Array(copy.buffer, 0, REALS), series * REALS)
  memory.singles.set(new Float32Array(copy.buffer, REALS * 8, SINGLES), series * SINGLES)
}

function bytesOf(array: Float64Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

/**
 * The one file that reads the wall clock and the system's randomness. Everything else takes a `Clock`, a `Random` or
 * a `RandomBytes` as a parameter, so that a test can stand in their place and a replay gives the same answer.
 */

import { randomBytes as nodeRandomBytes } from 'node:crypto'

/** Milliseconds since 1970. */
export type Clock = () => number

/** Uniform in [0, 1). */
export type Random = () => number

/** `count` bytes that nobody can guess: ids, keys, nonces. */
export type RandomBytes = (count: number) => Buffer

export const systemClock: Clock = () => Date.now()
/**
 * For durations and deadlines: begins at the wall clock's time and is never set. Whoever measures a wait by the wall
 * clock waits an hour longer when that is set back by an hour.
 */
export const steadyClock: Clock = () => performance.timeOrigin + performance.now()
export const systemRandom: Random = () => Math.random()
export const systemRandomBytes: RandomBytes = (count) => nodeRandomBytes(count)

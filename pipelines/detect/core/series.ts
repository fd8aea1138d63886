import {
  DAY_SINGLES,
  DAY_TEST,
  DRIFT_SINGLES,
  forgetDay,
  forgetDrift,
  sumP,
  TESTS,
  testAlone,
} from '../../../models/anomaly/counts/evidence.ts'
import {
  bucketsOf,
  EXPECTATION_SINGLES,
  type Expected,
  expect,
  forgetSlot,
  isKnown,
  learn,
  type Parent,
  SEASON_SLOTS,
  unlearn,
} from '../../../models/anomaly/counts/expectation.ts'
import { dayProfileOf, profileOf } from '../../../models/anomaly/counts/profile.ts'
import type { Bucket } from './grain.ts'
import { SeriesPlaces } from './places.ts'

/**
 * What is remembered of every series of a tenant and grain: its law, its evidence, how the last days went against the
 * law, its day, and the last buckets with what was expected of them. 1,500 bytes a series in one array, saved as it is.
 */
export class SeriesBook extends SeriesPlaces {
  constructor(memory: Float32Array = new Float32Array(0), names: readonly string[] = []) {
    super(SINGLES, memory, names)
  }

  /** What a bucket should have been, the luck of the last days included; null while nothing is known. */
  expect(at: number, when: Bucket, parent: Parent): Expected | null {
    const { factor, factor_variance, slot } = when
    return expect(this.memory, at, { slot, factor: factor * this.recent(at), factor_variance }, parent)
  }

  /** Whether a series may be tested: a day with its parent's profile of the week, two weeks where it has none. */
  isKnown(at: number, hasParent: boolean, own: number): boolean {
    return hasParent ? isKnown(this.memory, at) : bucketsOf(this.memory, at) >= own
  }

  /**
   * Tests a bucket that was noted: alone, with those before it, and its slow drift. The sums slide, since an incident
   * does not begin where a quarter of a day does.
   */
  test(at: number, bucket: number, count: number, law: Expected, u: number, p_values: Float64Array): void {
    testAlone(count, law, u, this.memory, at + DRIFT, p_values)
    for (let n = 0; n < SLIDING.length; n++) p_values[1 + n] = this.testSum(at, bucket, SLIDING[n]!, law, u)
  }

  /** Number of the newest bucket that was noted; 0 before the first. */
  newest(at: number): number {
    return this.memory[at + NEWEST]!
  }

  /** Tests a bucket that was noted before, as it is known now: alone, and with those before it. */
  testAgain(at: number, bucket: number, law: Expected, u: number, p_values: Float64Array): void {
    for (const [n, buckets] of [1, ...SLIDING].entries()) p_values[n] = this.testSum(at, bucket, buckets, law, u)
    p_values[DAY_TEST] = Number.NaN
    p_values[TESTS - 1] = Number.NaN
  }

  /** Notes what is known now of a bucket that was noted. @returns false where that is the same, or is of nobody's concern */
  restate(at: number, bucket: number, count: number): boolean {
    const known = this.noted(at, bucket)
    if (known === undefined || known.observed === count || this.isTold(at, bucket)) return false
    this.write(at, bucket, this.isTaught(at, bucket) ? -count : count, known.expected)
    return true
  }

  /**
   * An incident is over: what has added up within it must not be told again, and no sum may reach into it. Its buckets
   * stay to be looked at.
   */
  forget(at: number, from: number, to: number): void {
    forgetDrift(this.memory, at + DRIFT)
    forgetDay(this.memory, at + DAY)
    for (let bucket = Math.max(from, to - RING + 1); bucket <= to; bucket++) {
      const noted = this.noted(at, bucket)
      if (noted !== undefined) this.write(at, bucket, noted.observed, -noted.expected)
    }
  }

  /** What came is far from what this time of the week has been like. */
  doubt(at: number, slot: number): void {
    forgetSlot(this.memory, at, slot)
  }

  /** Whether a bucket belongs to an incident that is over. */
  isTold(at: number, bucket: number): boolean {
    return this.isKept(at, bucket) && this.memory[noteAt(at, bucket) + 1]! < 0
  }

  /**
   * Notes a bucket and what was expected of it, and forgets what lies between it and the newest before.
   *
   * @returns false for one so far behind the newest that its place is another's
   */
  note(at: number, bucket: number, count: number, expected: number): boolean {
    const newest = this.memory[at + NEWEST]!
    if (bucket <= newest - RING) return false
    for (let gap = Math.max(newest + 1, bucket - RING + 1); gap < bucket; gap++) this.write(at, gap, Number.NaN, 0)
    this.write(at, bucket, Math.max(0, count), expected)
    this.memory[at + NEWEST] = Math.max(newest, bucket)
    return true
  }

  /** What came and what was expected in a bucket of the last {@link RING}; undefined where it was not judged. */
  noted(at: number, bucket: number): { readonly observed: number; readonly expected: number } | undefined {
    if (!this.isKept(at, bucket)) return undefined
    const slot = noteAt(at, bucket)
    // Below zero where it was learnt, and what was expected in an incident that is over.
    const observed = Math.abs(this.memory[slot]!)
    const expected = Math.abs(this.memory[slot + 1]!)
    return Number.isNaN(observed) || expected === 0 ? undefined : { observed, expected }
  }

  learn(
    at: number,
    count: number,
    law: Expected | null,
    when: Bucket,
    parent: Parent,
    keeps: number,
    known: boolean,
  ): void {
    learn(count, law, this.memory, at, when, parent, known)
    if (law === null) return
    const plain = law.mean / this.recent(at)
    this.memory[at + CAME] = this.memory[at + CAME]! * keeps + count
    this.memory[at + DUE] = this.memory[at + DUE]! * keeps + plain
  }

  /** Notes that a bucket was learnt, so that it can be unlearnt. */
  teach(at: number, bucket: number): void {
    if (this.isKept(at, bucket)) this.memory[noteAt(at, bucket)]! *= -1
  }

  /**
   * Takes back what the last buckets have taught of level and spread, from the first of an incident on, as if what was
   * expected of them had come.
   *
   * @param whenOf what each of them was learnt with
   */
  unlearn(at: number, first: number, whenOf: (bucket: number) => Bucket, parent: Parent, keeps: number): void {
    const newest = this.memory[at + NEWEST]!
    for (let bucket = newest, since = 0; bucket >= Math.max(first, newest - RING + 1); bucket--) {
      if (!this.isTaught(at, bucket)) continue
      const noted = this.noted(at, bucket)
      const law = expect(this.memory, at, whenOf(bucket), parent)
      if (noted !== undefined && law !== null) {
        const { expected, observed } = noted
        unlearn(observed, { ...law, mean: expected }, this.memory, at, parent, since)
        this.memory[at + CAME]! += keeps ** since * (expected - observed)
      }
      this.teach(at, bucket)
      since++
    }
  }

  /** What the children of a series start from. */
  profile(at: number): Parent {
    return profileOf(this.memory, at, this.day(at))
  }

  /** What a series without a parent starts from. @param season that is written and is the profile's */
  day(at: number, season?: Float64Array): Parent {
    return dayProfileOf(this.memory, at, FLAT, season)
  }

  private testSum(at: number, last: number, buckets: number, law: Expected, u: number): number {
    const own = Math.max(0, law.dispersion - law.shared)
    let observed = 0
    let mean = 0
    let wide = 0
    if (!this.isKept(at, last - buckets + 1)) return Number.NaN
    for (let bucket = last; bucket > last - buckets; bucket--) {
      const slot = noteAt(at, bucket)
      const expected = this.memory[slot + 1]!
      if (Number.isNaN(this.memory[slot]!) || expected <= 0) return Number.NaN
      observed += Math.abs(this.memory[slot]!)
      mean += expected
      wide += own * expected ** 2
    }
    const dispersion = wide / mean ** 2 + law.shared
    return sumP(observed, { mean, dispersion, zeros: buckets === 1 ? law.zeros : 0 }, u)
  }

  /** How the last days went against level and season: a slow drift is no incident, and the level is slow to learn it. */
  private recent(at: number): number {
    return (RECENT_PRIOR + this.memory[at + CAME]!) / (RECENT_PRIOR + this.memory[at + DUE]!)
  }

  /** Whether a bucket was learnt and has not been unlearnt: its count has the sign, of zero, too. */
  private isTaught(at: number, bucket: number): boolean {
    if (!this.isKept(at, bucket)) return false
    const kept = this.memory[noteAt(at, bucket)]!
    return kept < 0 || Object.is(kept, -0)
  }

  /** Whether the place of a bucket has that bucket, and not one that is a whole {@link RING} before or after it. */
  private isKept(at: number, bucket: number): boolean {
    const newest = this.memory[at + NEWEST]!
    return bucket <= newest && bucket > newest - RING
  }

  private write(at: number, bucket: number, count: number, expected: number): void {
    const slot = noteAt(at, bucket)
    this.memory[slot] = count
    this.memory[slot + 1] = expected
  }
}

function noteAt(at: number, bucket: number): number {
  return at + NOTES + 2 * (bucket % RING)
}

/** Nothing known: every hour alike, counts a little wider than Poisson's. */
export const FLAT: Parent = { season: new Float64Array(SEASON_SLOTS).fill(1), dispersion: 0.02 }

/** Buckets of the sums that are tested. */
const SLIDING = [3, 8] as const
/** Buckets that are remembered as they were. */
export const RING = 12
const DRIFT = EXPECTATION_SINGLES
const CAME = DRIFT + DRIFT_SINGLES
const DUE = CAME + 1
/** Number of the newest bucket that was noted: exact in a single up to 16 million. */
const NEWEST = DUE + 1
const NOTES = NEWEST + 1
/** Its day. */
export const DAY = NOTES + 2 * RING
export const SINGLES = DAY + DAY_SINGLES
/** In counts: with few, the last days say little of the level. */
const RECENT_PRIOR = 50

import { hash128 } from '../../schemas/hash.ts'

/**
 * Random numbers that belong to an entity: `reseed(kind, a, b, c)` puts the generator at the start of the stream of
 * that entity, so that a new ad, shop or customer draws from a stream of its own and shifts nobody else's.
 *
 * Generator: xoshiro128** 1.1, D. Blackman and S. Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS
 * 47 (2021), https://prng.di.unimi.it/xoshiro128starstar.c. Its 128 bits of state are filled from two 32-bit lanes of
 * MurmurHash3's finaliser, since 32 bits alone would give some of a million streams the same start.
 */
export class Random {
  readonly #state = new Int32Array(4)
  readonly #seed0: number
  readonly #seed1: number

  constructor(seed: string | number) {
    hash128(`seed ${seed}`, 0, words)
    this.#seed0 = words[0]! | 0
    this.#seed1 = words[1]! | 0
    this.reseed(0)
  }

  /** Goes to the start of the stream named by the four integers; `kind` is one of {@link STREAM}. */
  reseed(kind: number, a = 0, b = 0, c = 0): this {
    const x = absorb(absorb(absorb(absorb(this.#seed0, kind), a), b), c)
    const y = absorb(absorb(absorb(absorb(this.#seed1, c), b), a), kind)
    this.#state[0] = finish(x + GOLDEN)
    this.#state[1] = finish(x + 2 * GOLDEN)
    this.#state[2] = finish(y + GOLDEN)
    // All-zero is the one state that the generator never leaves.
    this.#state[3] = finish(y + 2 * GOLDEN) | 1
    return this
  }

  /** Uniform in [0, 1), on a grid of 2^-32. */
  unit(): number {
    const s = this.#state
    const s1 = s[1]!
    const times5 = Math.imul(s1, 5)
    const result = Math.imul((times5 << 7) | (times5 >>> 25), 9)
    s[2] = s[2]! ^ s[0]!
    s[3] = s[3]! ^ s1
    s[1] = s1 ^ s[2]!
    s[0] = s[0]! ^ s[3]!
    s[2] = s[2]! ^ (s1 << 9)
    s[3] = (s[3]! << 11) | (s[3]! >>> 21)
    return (result >>> 0) / 4_294_967_296
  }

  /** Uniform integer in [0, n). */
  below(n: number): number {
    return Math.floor(this.unit() * n)
  }

  chance(probability: number): boolean {
    return this.unit() < probability
  }

  /** Standard normal (Box and Muller 1958); the second value is not kept, so that draws do not depend on history. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.unit()))
    return radius * Math.cos(2 * Math.PI * this.unit())
  }

  /** Exponential with the given mean. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.unit())
  }

  /** Poisson: by multiplication (Knuth) below 30, by the rounded normal above, where nobody can tell them apart. */
  poisson(mean: number): number {
    if (mean <= 0) return 0
    if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()))
    const limit = Math.exp(-mean)
    let count = 0
    for (let product = this.unit(); product > limit; product *= this.unit()) count++
    return count
  }

  /**
   * A count whose variance is `dispersion` (0 to 1) times its mean: the steady part is rounded at random, the rest is
   * Poisson. With dispersion 1 it is Poisson.
   */
  count(mean: number, dispersion: number): number {
    return Math.floor(mean * (1 - dispersion) + this.unit()) + this.poisson(mean * dispersion)
  }

  /** Index into a cumulative table whose last entry is the total. */
  pick(cumulative: ArrayLike<number>): number {
    const at = this.unit() * cumulative[cumulative.length - 1]!
    let index = 0
    while (cumulative[index]! <= at && index < cumulative.length - 1) index++
    return index
  }

  one<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }
}

/** What a stream of random numbers is for. Numbers must never be reused: they are part of every world's identity. */
export const STREAM = {
  spec: 1,
  cell: 2,
  pull: 3,
  row: 4,
  group: 5,
  order: 6,
  repeat: 7,
  subscriber: 8,
  guest: 9,
  test_order: 10,
  person: 11,
  touch: 12,
  side: 13,
  shuffle: 14,
  extra: 15,
  delivery_day: 16,
} as const

/** A 32-bit key of an entity's name, for {@link Random.reseed}. */
export function keyOf(name: string): number {
  hash128(name, 1, words)
  return words[0]! | 0
}

/** Running totals of weights, for {@link Random.pick}. */
export function cumulative(weights: readonly number[]): Float64Array {
  const out = new Float64Array(weights.length)
  let total = 0
  for (const [index, weight] of weights.entries()) out[index] = total += weight
  return out
}

const GOLDEN = 0x9e3779b9 | 0
const words = new Uint32Array(4)

function absorb(state: number, word: number): number {
  return finish((state ^ Math.imul(word, 0xcc9e2d51)) + GOLDEN)
}

function finish(x: number): number {
  let h = x | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

import { type NativeValue, outOfRange } from './builder.ts'
import { FixedBuilder } from './fixed.ts'

/** Int64, UInt64, and DateTime64 as its number of ticks (for DateTime64(3): milliseconds since 1970). */
export class Int64Builder extends FixedBuilder {
  #halves: Uint32Array
  #whole: BigInt64Array
  readonly #unsigned: boolean

  constructor(type: string, unsigned: boolean, capacity: number) {
    super(type, 8, capacity)
    this.#unsigned = unsigned
    this.#halves = new Uint32Array(this.memory)
    this.#whole = new BigInt64Array(this.memory)
  }

  protected attach(): void {
    this.#halves = new Uint32Array(this.memory)
    this.#whole = new BigInt64Array(this.memory)
  }

  protected clear(row: number): void {
    this.#halves[row * 2] = 0
    this.#halves[row * 2 + 1] = 0
  }

  /** A safe integer is written as two halves: no bigint is made. */
  append(value: NativeValue): void {
    this.reserve()
    if (typeof value === 'number') {
      if (!Number.isSafeInteger(value) || (value < 0 && this.#unsigned)) throw outOfRange(this.type, value)
      const at = this.rows * 2
      this.#halves[at] = value
      this.#halves[at + 1] = Math.floor(value / 4_294_967_296)
    } else if (typeof value === 'bigint') {
      const wrapped = this.#unsigned ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value)
      if (wrapped !== value) throw outOfRange(this.type, value)
      this.#whole[this.rows] = value
    } else {
      throw outOfRange(this.type, value)
    }
    this.rows++
  }

  appendNumbers(values: Float64Array, count: number): void {
    this.reserve(count)
    const halves = this.#halves
    for (let n = 0, at = this.rows * 2; n < count; n++, at += 2) {
      const value = values[n]!
      // Both conversions truncate modulo 2^32, and NaN to 0.
      halves[at] = value
      halves[at + 1] = Math.floor(value / 4_294_967_296)
    }
    this.rows += count
  }

  /** Adds a value by its halves, each 0 to 2^32 − 1: for hashes, which have no other form. */
  appendHalves(low: number, high: number): void {
    this.reserve()
    const at = this.rows * 2
    this.#halves[at] = low
    this.#halves[at + 1] = high
    this.rows++
  }
}

/** Int128: for sums of money, which overflow 64 bits. */
export class Int128Builder extends FixedBuilder {
  #quarters: Uint32Array
  #halves: BigUint64Array

  constructor(type: string, capacity: number) {
    super(type, 16, capacity)
    this.#quarters = new Uint32Array(this.memory)
    this.#halves = new BigUint64Array(this.memory)
  }

  protected attach(): void {
    this.#quarters = new Uint32Array(this.memory)
    this.#halves = new BigUint64Array(this.memory)
  }

  protected clear(row: number): void {
    this.#quarters.fill(0, row * 4, row * 4 + 4)
  }

  appendNumbers(values: Float64Array, count: number): void {
    this.reserve(count)
    const quarters = this.#quarters
    for (let n = 0, at = this.rows * 4; n < count; n++, at += 4) {
      const value = values[n]!
      const sign = value < 0 ? -1 : 0
      quarters[at] = value
      quarters[at + 1] = Math.floor(value / 4_294_967_296)
      quarters[at + 2] = sign
      quarters[at + 3] = sign
    }
    this.rows += count
  }

  append(value: NativeValue): void {
    this.reserve()
    if (typeof value === 'number') {
      if (!Number.isSafeInteger(value)) throw outOfRange(this.type, value)
      const at = this.rows * 4
      const sign = value < 0 ? -1 : 0
      this.#quarters[at] = value
      this.#quarters[at + 1] = Math.floor(value / 4_294_967_296)
      this.#quarters[at + 2] = sign
      this.#quarters[at + 3] = sign
    } else if (typeof value === 'bigint') {
      if (BigInt.asIntN(128, value) !== value) throw outOfRange(this.type, value)
      this.#halves[this.rows * 2] = BigInt.asUintN(64, value)
      this.#halves[this.rows * 2 + 1] = BigInt.asUintN(64, value >> 64n)
    } else {
      throw outOfRange(this.type, value)
    }
    this.rows++
  }
}

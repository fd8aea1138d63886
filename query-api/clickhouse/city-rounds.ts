/**
 * The rounds of CityHash128 over a long text, 64 bytes each, in WebAssembly: it has the machine's 64-bit multiplication,
 * which JavaScript reaches only through BigInt (7 ms a megabyte; 0.3 ms this way). The module is put together here, from
 * the same formulas as in city.cc: `loop` reads like them.
 */
export function cityRounds(): Rounds {
  const memory = new WebAssembly.Memory({ initial: 1 })
  const { run } = new WebAssembly.Instance(MODULE, { m: { m: memory } }).exports as { run: (rounds: number) => void }
  return (data, rounds, state) => {
    const missing = STATE_BYTES + rounds * ROUND_BYTES - memory.buffer.byteLength
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES))
    const words = new BigUint64Array(memory.buffer, 0, STATE_WORDS)
    words.set(state)
    Buffer.from(memory.buffer).set(data.subarray(0, rounds * ROUND_BYTES), STATE_BYTES)
    run(rounds)
    state.set(words)
  }
}

/** As far as it is used; the types of Node leave it to those of browsers. */
declare const WebAssembly: {
  readonly Memory: new (options: { initial: number }) => { readonly buffer: ArrayBuffer; grow(pages: number): number }
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: object }
}

/** Works `rounds` rounds of 64 bytes into the state x, y, z, v1, v2, w1, w2. */
export type Rounds = (data: Buffer, rounds: number, state: BigUint64Array) => void

export const STATE_WORDS = 7
export const ROUND_BYTES = 64
/** The state lies before the text. */
const STATE_BYTES = STATE_WORDS * 8
const PAGE_BYTES = 65_536
const K1 = 0xb492b66fbe98f273n

/** Instructions that leave one value on the stack, or none. */
type Code = readonly number[]

// Locals: the parameter, then the place in the text, then the state and what a round needs besides.
const [ROUNDS, AT, X, Y, Z, V1, V2, W1, W2, A, B, C] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
const STATE = [X, Y, Z, V1, V2, W1, W2]

function loop(): Code {
  const load = STATE.flatMap((local, index) => set(local, [...i32(0), ...loadFrom(index * 8)]))
  const store = STATE.flatMap((local, index) => [...i32(0), ...get(local), 0x37, 0, index * 8])
  const round = [
    ...set(X, mul(rotate(add(get(X), get(Y), get(V1), word(2)), 37), k1)),
    ...set(Y, mul(rotate(add(get(Y), get(V2), word(6)), 42), k1)),
    ...set(X, xor(get(X), get(W2))),
    ...set(Y, xor(get(Y), get(V1))),
    ...set(Z, rotate(xor(get(Z), get(W1)), 33)),
    ...weakHash(0, mul(get(V2), k1), add(get(X), get(W1)), V1, V2),
    ...weakHash(4, add(get(Z), get(W2)), get(Y), W1, W2),
    ...set(A, get(Z)),
    ...set(Z, get(X)),
    ...set(X, get(A)),
  ]
  const next = [
    ...set(AT, [...get(AT), ...i32(ROUND_BYTES), 0x6a]),
    ...set(ROUNDS, [...get(ROUNDS), ...i32(1), 0x6b]),
    // Once more while rounds are left.
    ...[...get(ROUNDS), 0x0d, 0],
  ]
  return [...load, ...set(AT, i32(STATE_BYTES)), 0x03, 0x40, ...round, ...next, 0x0b, ...store]
}

/** WeakHashLen32WithSeeds of the four words from `first` on. */
function weakHash(first: number, seed_a: Code, seed_b: Code, to_first: number, to_second: number): Code {
  return [
    ...set(A, seed_a),
    ...set(B, seed_b),
    ...set(A, add(get(A), word(first))),
    ...set(B, rotate(add(get(B), get(A), word(first + 3)), 21)),
    ...set(C, get(A)),
    ...set(A, add(get(A), word(first + 1), word(first + 2))),
    ...set(to_second, add(get(B), rotate(get(A), 44), get(C))),
    ...set(to_first, add(get(A), word(first + 3))),
  ]
}

// The instructions, by their numbers in the WebAssembly core specification, chapter 5.4.
const get = (local: number): Code => [0x20, local]
const set = (local: number, value: Code): Code => [...value, 0x21, local]
const add = (first: Code, ...more: readonly Code[]): Code => [...first, ...more.flatMap((term) => [...term, 0x7c])]
const mul = (a: Code, b: Code): Code => [...a, ...b, 0x7e]
const xor = (a: Code, b: Code): Code => [...a, ...b, 0x85]
const rotate = (value: Code, bits: number): Code => [...value, ...i64(BigInt(bits)), 0x8a]
const i32 = (value: number): Code => [0x41, ...signed(BigInt(value))]
const i64 = (value: bigint): Code => [0x42, ...signed(BigInt.asIntN(64, value))]
/** The word at the address on the stack. */
const loadFrom = (offset: number): Code => [0x29, 0, offset]
const word = (index: number): Code => [...get(AT), ...loadFrom(index * 8)]
const k1 = i64(K1)

/** A module with one function, `run(rounds)`, over the memory it is given. */
function moduleOf(code: Code): Uint8Array<ArrayBuffer> {
  const body = [2, 1, 0x7f, C - AT, 0x7e, ...code, 0x0b]
  const section = (id: number, bytes: Code): Code => [id, ...unsigned(bytes.length), ...bytes]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, 0x7f, 0]),
    ...section(2, [1, 1, 0x6d, 1, 0x6d, 2, 0, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, 3, ...Buffer.from('run'), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ])
}

/** LEB128. */
function unsigned(value: number): Code {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)]
}

function signed(value: bigint): Code {
  const low = Number(value & 127n)
  const rest = value >> 7n
  const isLast = (rest === 0n && low < 64) || (rest === -1n && low >= 64)
  return isLast ? [low] : [low | 128, ...signed(rest)]
}

const MODULE = new WebAssembly.Module(moduleOf(loop()))

import * as w from './wasm.ts'

/**
 * The rounds of CityHash128 over a long text, 64 bytes each, in WebAssembly: it has the machine's 64-bit multiplication,
 * which JavaScript reaches only through BigInt (7 ms a megabyte; 0.1 ms this way). `ROUND` reads like city.cc.
 */
export function cityRounds(): Rounds {
  const wasm = w.instantiate(MODULE)
  return (data, rounds, state) => {
    const memory = wasm.memory(STATE_BYTES + rounds * ROUND_BYTES)
    const words = new BigUint64Array(memory.buffer, 0, STATE_WORDS)
    words.set(state)
    memory.set(data.subarray(0, rounds * ROUND_BYTES), STATE_BYTES)
    wasm.run(rounds)
    state.set(words)
  }
}

/** Works `rounds` rounds of 64 bytes into the state x, y, z, v1, v2, w1, w2. */
export type Rounds = (data: Buffer, rounds: number, state: BigUint64Array) => void

export const ROUND_BYTES = 64
const STATE_WORDS = 7
/** The state lies before the text. */
const STATE_BYTES = STATE_WORDS * 8
const k1 = w.i64(0xb492b66fbe98f273n)

// Locals: the parameter, then the state and what a round needs besides, then the place in the text.
const [ROUNDS, X, Y, Z, V1, V2, W1, W2, A, B, C, AT] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
const STATE = [X, Y, Z, V1, V2, W1, W2]
const { add64: add, get, mul64: mul, rotateRight64: rotate, set, xor64: xor } = w
const word = (index: number) => w.load64(get(AT), index * 8)

const ROUND: w.Code = [
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

/** WeakHashLen32WithSeeds of the four words from `first` on. */
function weakHash(first: number, seed_a: w.Code, seed_b: w.Code, to_first: number, to_second: number): w.Code {
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

const MODULE = w.compile(
  1,
  [...Array<typeof w.I64>(10).fill(w.I64), w.I32],
  [
    ...STATE.flatMap((local, index) => set(local, w.load64(w.i32(0), index * 8))),
    ...set(AT, w.i32(STATE_BYTES)),
    ...w.during(get(ROUNDS), [
      ...ROUND,
      ...set(AT, w.add(get(AT), w.i32(ROUND_BYTES))),
      ...set(ROUNDS, w.sub(get(ROUNDS), w.i32(1))),
    ]),
    ...STATE.flatMap((local, index) => w.store64(w.i32(0), get(local), index * 8)),
    ...w.i32(0),
  ],
)

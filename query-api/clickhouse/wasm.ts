/**
 * As much of WebAssembly as packing answers needs, put together from expressions: what is computed for every byte of an
 * answer runs ten times as fast there, and stays as readable as the formulas it comes from.
 *
 * Numbers of instructions after the WebAssembly core specification 2.0, chapter 5.4.
 */
export type Code = readonly number[]

/** One function over a memory of its own. */
export type WasmFunction = {
  /** Makes the memory at least so large, and gives it as it is now. */
  memory(bytes: number): Buffer
  run(...args: number[]): number
}

/**
 * @param params  how many parameters there are, all i32; the result is i32 too
 * @param locals  the types of the other locals, in order
 */
export function compile(params: number, locals: readonly (typeof I32 | typeof I64)[], code: Code): object {
  const declared = [...unsigned(locals.length), ...locals.flatMap((type) => [1, type])]
  const body = [...declared, ...code, 0x0b]
  const types = [1, 0x60, params, ...Array<number>(params).fill(I32), 1, I32]
  return new WebAssembly.Module(
    Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(1, types),
      ...section(2, [1, 1, 0x6d, 1, 0x6d, 2, 0, 1]),
      ...section(3, [1, 0]),
      ...section(7, [1, 3, ...Buffer.from('run'), 0, 0]),
      ...section(10, [1, ...unsigned(body.length), ...body]),
    ]),
  )
}

export function instantiate(module: object): WasmFunction {
  const memory = new WebAssembly.Memory({ initial: 1 })
  const { run } = new WebAssembly.Instance(module, { m: { m: memory } }).exports as Pick<WasmFunction, 'run'>
  return {
    memory(bytes) {
      const missing = bytes - memory.buffer.byteLength
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES))
      return Buffer.from(memory.buffer)
    },
    run,
  }
}

/** As far as it is used; the types of Node leave it to those of browsers. */
declare const WebAssembly: {
  readonly Memory: new (options: { initial: number }) => { readonly buffer: ArrayBuffer; grow(pages: number): number }
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: object }
}

const PAGE_BYTES = 65_536
export const I32 = 0x7f
export const I64 = 0x7e

export const get = (local: number): Code => [0x20, local]
export const set = (local: number, value: Code): Code => [...value, 0x21, local]
export const i32 = (value: number): Code => [0x41, ...signed(BigInt(value | 0))]
export const i64 = (value: bigint): Code => [0x42, ...signed(BigInt.asIntN(64, value))]

/** Joins the values of several expressions by one instruction, from left to right. */
const joined =
  (instruction: number) =>
  (first: Code, ...more: readonly Code[]): Code => [...first, ...more.flatMap((value) => [...value, instruction])]

export const add64 = joined(0x7c)
export const mul64 = joined(0x7e)
export const xor64 = joined(0x85)
export const equal64 = joined(0x51)
export const rotateRight64 = (value: Code, bits: number): Code => [...value, ...i64(BigInt(bits)), 0x8a]
export const load64 = (at: Code, offset = 0): Code => [...at, 0x29, 0, ...unsigned(offset)]
export const store64 = (at: Code, value: Code, offset = 0): Code => [...at, ...value, 0x37, 0, ...unsigned(offset)]

export const add = joined(0x6a)
export const sub = joined(0x6b)
export const mul = joined(0x6c)
export const and = joined(0x71)
export const or = joined(0x72)
export const shiftLeft = joined(0x74)
export const shiftRight = joined(0x76)
export const differ = joined(0x47)
export const equal = joined(0x46)
export const less = joined(0x49)
export const greater = joined(0x4b)
export const atLeast = joined(0x4f)
export const load = (at: Code): Code => [...at, 0x28, 0, 0]
export const load8 = (at: Code): Code => [...at, 0x2d, 0, 0]
export const store = (at: Code, value: Code): Code => [...at, ...value, 0x36, 0, 0]
export const store8 = (at: Code, value: Code): Code => [...at, ...value, 0x3a, 0, 0]
export const copy = (to: Code, from: Code, bytes: Code): Code => [...to, ...from, ...bytes, 0xfc, 0x0a, 0, 0]
export const fill = (to: Code, byte: Code, bytes: Code): Code => [...to, ...byte, ...bytes, 0xfc, 0x0b, 0]

/** `a` where the condition holds, else `b`. */
export const choose = (a: Code, b: Code, condition: Code): Code => [...a, ...b, ...condition, 0x1b]
export const when = (condition: Code, then: Code, otherwise: Code = []): Code => [
  ...[...condition, 0x04, 0x40, ...then],
  ...(otherwise.length === 0 ? [] : [0x05, ...otherwise]),
  0x0b,
]
/** Repeats while the condition holds, which is looked at first. */
export const during = (condition: Code, body: Code): Code => [
  ...[0x02, 0x40, 0x03, 0x40],
  ...[...condition, 0x45, 0x0d, 1],
  ...[...body, 0x0c, 0],
  ...[0x0b, 0x0b],
]

function section(id: number, bytes: Code): Code {
  return [id, ...unsigned(bytes.length), ...bytes]
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

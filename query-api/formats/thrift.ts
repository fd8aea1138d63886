/**
 * Thrift's compact protocol, as far as Parquet's metadata needs it.
 * https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
export type Value =
  | { readonly i32: number }
  | { readonly i64: number }
  | { readonly text: string }
  | { readonly struct: Struct }
  | { readonly list: readonly Value[] }

/** Field id → value; ids ascend. */
export type Struct = readonly (readonly [id: number, value: Value])[]

export function encodeStruct(struct: Struct): Buffer {
  const bytes: number[] = []
  writeStruct(bytes, struct)
  return Buffer.from(bytes)
}

/** Unsigned LEB128; Parquet's run lengths use it too. */
export function writeVarint(bytes: number[], value: number): void {
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  bytes.push(rest)
}

function writeStruct(bytes: number[], struct: Struct): void {
  let last = 0
  for (const [id, value] of struct) {
    // No struct of Parquet's has two ids more than 15 apart.
    bytes.push(((id - last) << 4) | typeOf(value))
    writeValue(bytes, value)
    last = id
  }
  bytes.push(0)
}

function typeOf(value: Value): number {
  if ('i32' in value) return 5
  if ('i64' in value) return 6
  if ('text' in value) return 8
  return 'list' in value ? 9 : 12
}

function writeValue(bytes: number[], value: Value): void {
  if ('i32' in value) writeVarint(bytes, zigzag(value.i32))
  else if ('i64' in value) writeVarint(bytes, zigzag(value.i64))
  else if ('struct' in value) writeStruct(bytes, value.struct)
  else if ('text' in value) writeText(bytes, value.text)
  else writeList(bytes, value.list)
}

function writeText(bytes: number[], value: string): void {
  const text = Buffer.from(value)
  writeVarint(bytes, text.length)
  for (const byte of text) bytes.push(byte)
}

function writeList(bytes: number[], list: readonly Value[]): void {
  const type = list.length === 0 ? 5 : typeOf(list[0]!)
  if (list.length < 15) bytes.push((list.length << 4) | type)
  else {
    bytes.push(0xf0 | type)
    writeVarint(bytes, list.length)
  }
  for (const item of list) writeValue(bytes, item)
}

/** Places and sizes of a file are below 2^52: arithmetic instead of shifts, which cut at 32 bits. */
function zigzag(value: number): number {
  return value < 0 ? -value * 2 - 1 : value * 2
}

import type { AppendRecord } from '../../../pipelines/log/port.ts'
import type { ParsedEvent, Rejection } from '../../../schemas/parse.ts'

/** How far into a file something is: behind which byte and line, and what came of the records until there. */
export type Place = {
  /** Of the unpacked file. */
  readonly bytes: number
  readonly lines: number
  /** Names of the columns once the header has been read. */
  readonly columns: readonly string[] | null
  readonly read: number
  readonly sent: number
  readonly rejected: number
}

/** What the thread hands over: records packed into one buffer per partition, in the order of the file. */
export type Batch = {
  readonly place: Place
  readonly file_bytes: number
  readonly parts: readonly Part[]
  /** Events with personal data, which only the vault's owner can seal. */
  readonly unsealed: readonly Unsealed[]
  readonly rejects: readonly LineReject[]
}

export type Part = {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Where each record ends; a record is its 16-byte key and then its value. */
  readonly ends: Uint32Array<ArrayBuffer>
}

export type Unsealed = {
  readonly partition: number
  /** It comes before the packed record with this number. */
  readonly before: number
  readonly key: Uint8Array
  readonly event: ParsedEvent
}

export type LineReject = {
  readonly source: string
  readonly rejection: Rejection
  readonly raw: string
  readonly line: number
}

export const KEY_BYTES = 16

/** Packs records of one partition. */
export class Packer {
  #bytes = Buffer.allocUnsafeSlow(1 << 16)
  #at = 0
  #ends: number[] = []

  get records(): number {
    return this.#ends.length
  }

  get size(): number {
    return this.#at
  }

  /** @returns bytes of the value */
  add(key: Uint32Array, value: string): number {
    // UTF-8 takes at most three bytes for a UTF-16 unit.
    const need = this.#at + KEY_BYTES + value.length * 3
    if (need > this.#bytes.length) this.#grow(need)
    const bytes = this.#bytes
    for (let i = 0; i < 4; i++) this.#at = bytes.writeUInt32LE(key[i]!, this.#at)
    const written = bytes.write(value, this.#at, 'utf8')
    this.#at += written
    this.#ends.push(this.#at)
    return written
  }

  /** Gives the records away and begins anew. */
  take(): Part {
    const bytes = this.#bytes.subarray(0, this.#at) as Uint8Array<ArrayBuffer>
    const part = { bytes, ends: Uint32Array.from(this.#ends) }
    this.#bytes = Buffer.allocUnsafeSlow(this.#bytes.length)
    this.#at = 0
    this.#ends = []
    return part
  }

  #grow(need: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(need, this.#bytes.length * 2))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}

/** The packed records as the log takes them: views, no copies. */
export function unpack(part: Part): AppendRecord[] {
  const { buffer, byteOffset } = part.bytes
  const records = new Array<AppendRecord>(part.ends.length)
  let from = byteOffset
  for (let i = 0; i < records.length; i++) {
    const end = byteOffset + part.ends[i]!
    records[i] = {
      key: Buffer.from(buffer, from, KEY_BYTES),
      value: Buffer.from(buffer, from + KEY_BYTES, end - from - KEY_BYTES),
    }
    from = end
  }
  return records
}

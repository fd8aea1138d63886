import type { AppendRecord, Log, PackedRecords } from './port.ts'

/**
 * Records in one buffer as a frame of the embedded log has them, with room for its header before them. Whoever makes
 * many (the importer's thread) spares that log copying each; for another log `unpackRecords` gives them one by one.
 */

/** Room for the header that the log writes. */
export const PACKED_HEAD_BYTES = 40
/** A key is a hash: 16 bytes as four words. */
export const KEY_BYTES = 16
/** Before a value lie the lengths of key and value, and the key. */
export const RECORD_HEAD_BYTES = 8 + KEY_BYTES

/** Lays records out. The value of a record may be written in place, or given as text. */
export class RecordPacker {
  #bytes: Buffer
  #at = PACKED_HEAD_BYTES
  #count = 0

  readonly #spare: () => ArrayBuffer | undefined

  /**
   * @param bytes first size of the buffer; it grows
   * @param spare memory that was given away and has come back; without any, new memory is taken
   */
  constructor(bytes = 1 << 16, spare: () => ArrayBuffer | undefined = () => undefined) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(bytes, PACKED_HEAD_BYTES))
    this.#spare = spare
  }

  /** One that never grows. */
  static ofSize(records: number, value_bytes: number): RecordPacker {
    return new RecordPacker(PACKED_HEAD_BYTES + records * RECORD_HEAD_BYTES + value_bytes)
  }

  get count(): number {
    return this.#count
  }

  /** Bytes of the records, without the frame's header. */
  get size(): number {
    return this.#at - PACKED_HEAD_BYTES
  }

  /** The buffer, with room for a value of this many bytes behind {@link value_at}. */
  room(value_bytes: number): Buffer {
    const need = this.#at + RECORD_HEAD_BYTES + value_bytes
    if (need > this.#bytes.length) this.#grow(need)
    return this.#bytes
  }

  /** Where the value of the next record begins in the buffer. */
  get value_at(): number {
    return this.#at + RECORD_HEAD_BYTES
  }

  /**
   * Makes a record of what was written from {@link value_at} to `end`.
   *
   * @param key_at where in `key` its four words begin
   * @returns bytes of its value
   */
  commit(key: Uint32Array, end: number, key_at = 0): number {
    const bytes = this.#bytes
    const value_bytes = end - this.#at - RECORD_HEAD_BYTES
    let at = writeWord(bytes, KEY_BYTES, this.#at)
    at = writeWord(bytes, value_bytes, at)
    for (let i = 0; i < 4; i++) at = writeWord(bytes, key[key_at + i]!, at)
    this.#at = end
    this.#count++
    return value_bytes
  }

  /** @returns bytes of the value */
  add(key: Uint32Array, value: string): number {
    // UTF-8 takes at most three bytes for a UTF-16 unit.
    const bytes = this.room(value.length * 3)
    return this.commit(key, this.value_at + bytes.write(value, this.value_at, 'utf8'))
  }

  /** A record whose value is bytes already. */
  addBytes(key: Uint32Array, key_at: number, source: Buffer, from: number, to: number): void {
    const bytes = this.room(to - from)
    source.copy(bytes, this.value_at, from, to)
    this.commit(key, this.value_at + to - from, key_at)
  }

  /** Gives the records away and begins anew. */
  take(): PackedRecords {
    const packed = { bytes: this.#bytes.subarray(0, this.#at) as Uint8Array<ArrayBuffer>, count: this.#count }
    if (this.#count > 0) {
      const spare = this.#spare()
      this.#bytes = spare === undefined ? Buffer.allocUnsafeSlow(this.#bytes.length) : Buffer.from(spare)
    }
    this.#at = PACKED_HEAD_BYTES
    this.#count = 0
    return packed
  }

  #grow(need: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(need, this.#bytes.length * 2))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}

/** The records one by one: views, no copies. */
export function unpackRecords({ bytes, count }: PackedRecords): AppendRecord[] {
  const { buffer, byteOffset } = bytes
  const whole = Buffer.from(buffer, byteOffset, bytes.length)
  const records = new Array<AppendRecord>(count)
  let at = PACKED_HEAD_BYTES
  for (let i = 0; i < count; i++) {
    const value_at = at + RECORD_HEAD_BYTES
    const end = value_at + whole.readUInt32LE(at + 4)
    records[i] = { key: whole.subarray(at + 8, value_at), value: whole.subarray(value_at, end) }
    at = end
  }
  return records
}

/** Appends what was packed to a log of either kind. @returns the first offset */
export function appendPacked(
  log: Pick<Log, 'append' | 'appendPacked'>,
  topic: string,
  partition: number,
  packed: PackedRecords,
): Promise<number> {
  return log.appendPacked?.(topic, partition, packed) ?? log.append(topic, partition, unpackRecords(packed))
}

function writeWord(bytes: Buffer, word: number, at: number): number {
  bytes[at] = word
  bytes[at + 1] = word >>> 8
  bytes[at + 2] = word >>> 16
  bytes[at + 3] = word >>> 24
  return at + 4
}

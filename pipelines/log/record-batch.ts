export type LogRecord = {
  readonly offset: number
  /** When the log took the record, in ms since 1970: our `received_at`. */
  readonly timestamp_ms: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Many records in a few arrays. Records that wait for their batch to be full outlive the collector's young generation,
 * and an object and two views for each are then most of what it has to copy; here they are places in the buffers that
 * they were read into.
 */
export class RecordBatch {
  length = 0
  private offsets = new Float64Array(ROOM)
  private timestamps = new Float64Array(ROOM)
  /** Where key and value begin and end in their source; a start of -1 is null. */
  private places = new Int32Array(ROOM * 4)
  /** By record: which of the sources it lies in. A record more is then nothing more for the collector to look at. */
  private origins = new Int32Array(ROOM)
  private readonly sources: Uint8Array[] = []
  private readonly headers = new Map<number, Readonly<Record<string, string>>>()
  private last: Uint8Array = new Uint8Array(0)

  push(record: LogRecord): void {
    const { headers, key, offset, timestamp_ms, value } = record
    if (key !== null && value !== null && key.buffer !== value.buffer) {
      this.pushApart(record)
      return
    }
    const source = this.sourceOf(value ?? key)
    const [key_at, value_at] = [key?.byteOffset ?? -1, value?.byteOffset ?? -1]
    if (headers !== undefined) this.headers.set(this.length, headers)
    this.place(
      offset,
      timestamp_ms,
      source,
      key_at,
      key_at + (key?.length ?? 0),
      value_at,
      value_at + (value?.length ?? 0),
    )
  }

  /**
   * Adds a record by its places in a buffer, which nobody may write to any more.
   *
   * @param key_at, value_at  -1 for null
   */
  place(
    offset: number,
    timestamp_ms: number,
    source: Uint8Array,
    key_at: number,
    key_end: number,
    value_at: number,
    value_end: number,
  ): void {
    const index = this.length++
    if (index === this.offsets.length) this.grow(index)
    this.offsets[index] = offset
    this.timestamps[index] = timestamp_ms
    if (this.sources[this.sources.length - 1] !== source) this.sources.push(source)
    this.origins[index] = this.sources.length - 1
    const at = index * 4
    this.places[at] = key_at
    this.places[at + 1] = key_end
    this.places[at + 2] = value_at
    this.places[at + 3] = value_end
  }

  /** Adds a record of another batch. */
  take(from: RecordBatch, index: number): void {
    const { offsets, places, timestamps } = from
    const at = index * 4
    this.place(
      offsets[index]!,
      timestamps[index]!,
      from.sourceAt(index),
      places[at]!,
      places[at + 1]!,
      places[at + 2]!,
      places[at + 3]!,
    )
    if (from.headers.size === 0) return
    const headers = from.headers.get(index)
    if (headers !== undefined) this.putHeaders(headers)
  }

  /** Bytes of a record's key and value. */
  bytesOf(index: number): number {
    const { places } = this
    const at = index * 4
    const [key_at, value_at] = [places[at]!, places[at + 2]!]
    return (key_at === -1 ? 0 : places[at + 1]! - key_at) + (value_at === -1 ? 0 : places[at + 3]! - value_at)
  }

  /** Sets the headers of the newest record. */
  putHeaders(headers: Readonly<Record<string, string>>): void {
    this.headers.set(this.length - 1, headers)
  }

  /** Makes room for records beforehand: growing by and by takes twice the memory in all. */
  reserve(records: number): void {
    if (this.length + records > this.offsets.length) this.grow(Math.ceil((this.length + records) / 2))
  }

  /** Keeps the first records only. */
  truncate(length: number): void {
    this.length = Math.min(length, this.length)
    this.sources.length = this.length === 0 ? 0 : this.origins[this.length - 1]! + 1
    for (const index of this.headers.keys()) if (index >= length) this.headers.delete(index)
  }

  /** All records as objects. */
  toArray(): LogRecord[] {
    return Array.from({ length: this.length }, (_, index) => this.at(index))
  }

  offsetOf(index: number): number {
    return this.offsets[index]!
  }

  /** When the log took the record, in ms since 1970. */
  timestampOf(index: number): number {
    return this.timestamps[index]!
  }

  /** What the places of a record's key and value count in. */
  sourceAt(index: number): Uint8Array {
    return this.sources[this.origins[index]!]!
  }

  /** -1 where the record has no key; so for the value. */
  keyStart(index: number): number {
    return this.places[index * 4]!
  }

  keyEnd(index: number): number {
    return this.places[index * 4 + 1]!
  }

  valueStart(index: number): number {
    return this.places[index * 4 + 2]!
  }

  valueEnd(index: number): number {
    return this.places[index * 4 + 3]!
  }

  /** The record as an object. */
  at(index: number): LogRecord {
    const headers = this.headers.get(index)
    return {
      ...(headers === undefined ? undefined : { headers }),
      offset: this.offsets[index]!,
      timestamp_ms: this.timestamps[index]!,
      key: this.view(index, this.keyStart(index), this.keyEnd(index)),
      value: this.view(index, this.valueStart(index), this.valueEnd(index)),
    }
  }

  /** For logs whose keys and values are apart: one buffer for both. */
  private pushApart({ key, value, ...rest }: LogRecord): void {
    const joined = Buffer.concat([key!, value!])
    const cut = key!.length
    this.push({ ...rest, key: joined.subarray(0, cut), value: joined.subarray(cut) })
  }

  /** One view per buffer that the log has read, however many records are in it. */
  private sourceOf(view: Buffer | null): Uint8Array {
    if (view !== null && this.last.buffer !== view.buffer) this.last = new Uint8Array(view.buffer)
    return this.last
  }

  private view(index: number, start: number, end: number): Buffer | null {
    return start === -1 ? null : Buffer.from(this.sourceAt(index).buffer, start, end - start)
  }

  private grow(length: number): void {
    this.offsets = copied(new Float64Array(length * 2), this.offsets)
    this.timestamps = copied(new Float64Array(length * 2), this.timestamps)
    this.places = copied(new Int32Array(length * 8), this.places)
    this.origins = copied(new Int32Array(length * 2), this.origins)
  }
}

const ROOM = 256

function copied<T extends Float64Array | Int32Array>(into: T, from: T): T {
  into.set(from as never)
  return into
}

/**
 * Reads ClickHouse's RowBinary, as far as days need it: a call per value, in the order of the columns.
 * https://clickhouse.com/docs/interfaces/formats/RowBinary
 */
export class RowBinaryReader {
  private readonly bytes: Buffer
  private at = 0
  /** Most texts of a column come again in the next rows: one of each is enough. */
  private readonly texts = new Map<string, string>()

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  get done(): boolean {
    return this.at >= this.bytes.length
  }

  date(): number {
    this.at += 2
    return this.bytes.readUInt16LE(this.at - 2)
  }

  text(): string {
    let length = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++]!
      length += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) break
    }
    this.at += length
    const text = this.bytes.toString('utf8', this.at - length, this.at)
    const known = this.texts.get(text)
    if (known !== undefined) return known
    this.texts.set(text, text)
    return text
  }

  /** An Int64 as a number: exact up to 2^53 either way, beyond NaN. */
  int64(): number {
    const value = this.bytes.readInt32LE(this.at + 4) * 2 ** 32 + this.bytes.readUInt32LE(this.at)
    this.at += 8
    return Number.isSafeInteger(value) ? value : Number.NaN
  }

  /** An Int128, like {@link int64}. */
  int128(): number {
    const high = this.bytes.readInt32LE(this.at + 8)
    const isNarrow = this.bytes.readInt32LE(this.at + 12) === high && (high === 0 || high === -1)
    const value = this.int64()
    this.at += 8
    // The upper half must be nothing but the sign of the lower.
    return isNarrow && value < 0 === high < 0 ? value : Number.NaN
  }
}

/** Reads Kafka's variable-length integers (zigzag, least significant group first) from a buffer. */
export class Cursor {
  readonly buffer: Uint8Array
  at: number

  constructor(buffer: Uint8Array, at = 0) {
    this.buffer = buffer
    this.at = at
  }

  /** A zigzag varint of at most 32 bits. */
  varint(): number {
    let raw = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.buffer[this.at++]!
      raw |= (byte & 0x7f) << shift
      if (byte < 0x80) return (raw >>> 1) ^ -(raw & 1)
    }
    throw new RangeError('varint of more than 32 bits')
  }

  /** A zigzag varint of at most 53 bits. */
  varlong(): number {
    let raw = 0
    let scale = 1
    for (let i = 0; i < 8; i += 1) {
      const byte = this.buffer[this.at++]!
      raw += (byte & 0x7f) * scale
      if (byte < 0x80) return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2
      scale *= 128
    }
    throw new RangeError('varint of more than 53 bits')
  }

  /** UTF-8 behind its length; '' for length -1, which is null. */
  text(): string {
    const length = this.varint()
    if (length <= 0) return ''
    const from = this.at
    this.at += length
    const { buffer } = this
    return Buffer.from(buffer.buffer, buffer.byteOffset + from, length).toString('utf8')
  }
}

/** Offsets and times, which stay below 2^53. */
export function readInt64(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * 4_294_967_296 + buffer.readUInt32BE(at + 4)
}

export function writeInt64(buffer: Buffer, value: number, at: number): void {
  buffer.writeInt32BE(Math.floor(value / 4_294_967_296), at)
  buffer.writeUInt32BE(value % 4_294_967_296, at + 4)
}

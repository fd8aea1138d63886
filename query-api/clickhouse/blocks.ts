import type { Transform } from 'node:stream'
import { zstdDecompressSync } from 'node:zlib'
import { type CityHash128, cityHasher } from './city-hash.ts'
import { BiError, CODES } from './errors.ts'
import { inBlocks } from './in-blocks.ts'
import { lz4Packer } from './lz4-pack.ts'
import { lz4Unpack } from './lz4-unpack.ts'

/**
 * ClickHouse's own compressed blocks, `compress=1` and `decompress=1` of the HTTP interface
 * (src/Compression/CompressedReadBufferBase.cpp):
 *
 * 16 bytes of checksum over the rest; then a method (0x82 LZ4, 0x90 ZSTD, 0x02 none), the packed size with these 9 bytes
 * and the unpacked size, both 32 bits little-endian; then the packed bytes.
 */
export function packBlocks(): Transform {
  const hash = cityHasher()
  const pack = lz4Packer()
  return inBlocks((data) => packBlock(pack(data), data.length, hash))
}

/** @throws BiError 40 for a wrong checksum, 271 for what cannot be unpacked or is larger than `bytes_max` */
export function unpackBlocks(input: Buffer, bytes_max: number): Buffer {
  const hash = cityHasher()
  const parts: Buffer[] = []
  let total = 0
  for (let at = 0; at < input.length; ) {
    if (input.length - at < CHECKSUM_BYTES + HEAD_BYTES) throw notABlock()
    const packed = input.readUInt32LE(at + CHECKSUM_BYTES + 1)
    const size = input.readUInt32LE(at + CHECKSUM_BYTES + 5)
    const end = at + CHECKSUM_BYTES + packed
    total += size
    if (packed < HEAD_BYTES || end > input.length) throw notABlock()
    if (total > bytes_max)
      throw new BiError(CODES.QUERY_IS_TOO_LARGE, `The request is larger than ${bytes_max} bytes when unpacked`)
    const body = input.subarray(at + CHECKSUM_BYTES, end)
    if (!hash(body).equals(input.subarray(at, at + CHECKSUM_BYTES)))
      throw new BiError(CODES.CHECKSUM_DOESNT_MATCH, "Checksum doesn't match: corrupted data")
    parts.push(unpack(body[0]!, body.subarray(HEAD_BYTES), size))
    at = end
  }
  return Buffer.concat(parts)
}

const CHECKSUM_BYTES = 16
const HEAD_BYTES = 9
const LZ4 = 0x82
const ZSTD = 0x90
const NONE = 0x02

function packBlock(packed: Buffer, size: number, hash: CityHash128): Buffer {
  const block = Buffer.allocUnsafe(CHECKSUM_BYTES + HEAD_BYTES + packed.length)
  block[CHECKSUM_BYTES] = LZ4
  block.writeUInt32LE(HEAD_BYTES + packed.length, CHECKSUM_BYTES + 1)
  block.writeUInt32LE(size, CHECKSUM_BYTES + 5)
  packed.copy(block, CHECKSUM_BYTES + HEAD_BYTES)
  hash(block.subarray(CHECKSUM_BYTES)).copy(block, 0)
  return block
}

function unpack(method: number, packed: Buffer, size: number): Buffer {
  try {
    if (method === LZ4) return lz4Unpack(packed, size)
    if (method === ZSTD) return zstdDecompressSync(packed, { maxOutputLength: size })
    if (method === NONE && packed.length === size) return packed
  } catch (cause) {
    throw new BiError(CODES.CANNOT_DECOMPRESS, 'Cannot decompress a block of the request', { cause })
  }
  throw notABlock()
}

function notABlock(): BiError {
  return new BiError(CODES.CANNOT_DECOMPRESS, 'The request is not made of compressed blocks')
}

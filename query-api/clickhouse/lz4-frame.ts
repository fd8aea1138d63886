import type { Transform } from 'node:stream'
import { inBlocks } from './in-blocks.ts'
import { lz4Packer } from './lz4-pack.ts'

/** `Content-Encoding: lz4`, which clickhouse-connect asks for first: LZ4's own frames (lz4_Frame_format.md of lz4/lz4). */
export function packLz4Frame(): Transform {
  const pack = lz4Packer()
  return inBlocks((data) => frameBlock(data, pack(data)), HEAD, END)
}

/** Magic; version 01 with independent blocks and no checksums; blocks of at most 256 KiB; checksum of these two bytes. */
const HEAD = Buffer.from('04224d186050fb', 'hex')
const END = Buffer.alloc(4)
/** Of a block that is sent as it is. */
const UNPACKED = 0x8000_0000

function frameBlock(data: Buffer, packed: Buffer): Buffer {
  const smaller = packed.length < data.length
  const size = Buffer.alloc(4)
  size.writeUInt32LE(smaller ? packed.length : (UNPACKED | data.length) >>> 0)
  return Buffer.concat([size, smaller ? packed : data])
}

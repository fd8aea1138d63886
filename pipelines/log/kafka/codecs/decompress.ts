/** Record batches may come compressed by other producers or by the topic's `compression.type`. We write them plain. */

import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { LogError } from '../../port.ts'
import { decodeLz4 } from './lz4.ts'
import { decodeSnappy } from './snappy.ts'

/** A batch of more is refused: a small compressed batch must not fill our memory. */
export const DECOMPRESSED_BYTES_MAX = 128 * 1_024 * 1_024

/** @param codec the lowest three bits of a record batch's attributes */
export function decompress(codec: number, input: Buffer): Buffer {
  switch (codec) {
    case 0:
      return input
    case 1:
      return zlib('gzip', () => gunzipSync(input, { maxOutputLength: DECOMPRESSED_BYTES_MAX }))
    case 2:
      return decodeSnappy(input, DECOMPRESSED_BYTES_MAX)
    case 3:
      return decodeLz4(input, DECOMPRESSED_BYTES_MAX)
    case 4:
      return zlib('zstd', () => zstdDecompressSync(input, { maxOutputLength: DECOMPRESSED_BYTES_MAX }))
    default:
      throw new LogError('format_too_new', `record batch with unknown compression ${codec}`)
  }
}

function zlib(name: string, run: () => Buffer): Buffer {
  try {
    return run()
  } catch (cause) {
    throw new LogError('log_corrupt', `decoding ${name}`, { cause })
  }
}

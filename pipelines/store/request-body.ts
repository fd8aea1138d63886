import type { IncomingMessage } from 'node:http'
import type { Duplex, Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib'

/**
 * The body of a request to a ClickHouse interface, with its Content-Encoding undone.
 *
 * @returns null for an encoding that is not known; what cannot be decoded, or ends early, is an error to whoever reads
 */
export function decodedBody(message: IncomingMessage): Readable | null {
  const encoding = message.headers['content-encoding'] || 'identity'
  if (encoding === 'identity') return message
  const decoder = DECODERS.get(encoding)?.()
  if (decoder === undefined) return null
  // It may fail before anybody reads, who then is told; an error without any listener would end the process.
  decoder.on('error', () => undefined)
  message.on('error', (error) => decoder.destroy(error))
  message.once('close', () => {
    if (!message.complete) decoder.destroy(new Error('the client closed the connection within the request'))
  })
  return message.pipe(decoder)
}

const DECODERS: ReadonlyMap<string, () => Duplex> = new Map<string, () => Duplex>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
  ['zstd', createZstdDecompress],
])

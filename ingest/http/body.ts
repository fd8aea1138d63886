import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { RequestProblem } from './problem.ts'

/** Of one body, as sent and after decompression. */
export const BODY_BYTES_MAX = 5 * 1024 * 1024

/** Leaves every body unread, of any content type: handlers read it by {@link readBody}, after they know who asks. */
export function leaveBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
}

/**
 * The bytes of a body as they were before compression.
 *
 * @param bytes_max bound of the bytes on the wire, and of those that come out of them: a small body cannot unfold
 *   into a large one
 * @throws RequestProblem `body_too_large`, `unsupported_media_type`, `bad_request`
 */
export async function readBody(request: FastifyRequest, bytes_max: number): Promise<Buffer> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  const decompress = DECOMPRESS[encoding]
  if (decompress === undefined) {
    throw new RequestProblem(
      'unsupported_media_type',
      `content encoding ${JSON.stringify(encoding)} is not read here`,
      {
        headers: { 'accept-encoding': 'gzip, deflate, br, zstd' },
      },
    )
  }
  const raw = await readRaw(request, bytes_max)
  try {
    return await decompress(raw, bytes_max)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(bytes_max)
    throw new RequestProblem('bad_request', `the body is not ${encoding}: ${(cause as Error).message}`, { cause })
  }
}

/**
 * The bytes as they are on the wire. Not by `for await`: leaving that loop early destroys the connection, and the
 * sender would never see why. What is too much is received and thrown away.
 */
export async function readRaw({ raw, headers }: FastifyRequest, bytes_max: number): Promise<Buffer> {
  if (Number(headers['content-length'] ?? 0) > bytes_max) throw tooLarge(bytes_max)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const keep = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= bytes_max) {
        chunks.push(chunk)
        return
      }
      raw.off('data', keep)
      raw.resume()
      reject(tooLarge(bytes_max))
    }
    const broken = (cause?: Error) => {
      reject(new RequestProblem('bad_request', 'the body broke off before its end', { cause }))
    }
    raw.on('data', keep)
    raw.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
    raw.once('error', broken)
    raw.once('close', broken)
  })
}

function tooLarge(bytes_max: number): RequestProblem {
  return new RequestProblem('body_too_large', `the body is larger than ${bytes_max} bytes, as sent or unpacked`)
}

type Decompress = (raw: Buffer, bytes_max: number) => Promise<Buffer>

function bounded(unpack: (raw: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>): Decompress {
  return (raw, bytes_max) => unpack(raw, { maxOutputLength: bytes_max })
}

const gzip = bounded(promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip))

const DECOMPRESS: Readonly<Record<string, Decompress>> = {
  identity: async (raw) => raw,
  '': async (raw) => raw,
  gzip,
  'x-gzip': gzip,
  deflate: bounded(promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate)),
  br: bounded(promisify<Buffer, { maxOutputLength: number }, Buffer>(brotliDecompress)),
  zstd: bounded(promisify<Buffer, { maxOutputLength: number }, Buffer>(zstdDecompress)),
}

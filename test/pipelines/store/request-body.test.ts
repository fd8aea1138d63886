import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { decodedBody } from '../../../pipelines/store/request-body.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** What a server reads of a body that it looks at only after all of it, or all that will ever come, is there. */
async function late(encoding: string, body: Buffer, cut = false): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<IncomingMessage>()
  const server = createServer((message) => resolve(message)).listen(0, '127.0.0.1')
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise((listening) => server.once('listening', listening))
  const headers = { 'content-encoding': encoding, 'content-length': body.length + (cut ? 1 : 0) }
  const sent = request({ port: (server.address() as AddressInfo).port, method: 'POST', headers })
  sent.on('error', () => undefined)
  sent.write(body)
  if (!cut) sent.end()
  const decoded = decodedBody(await promise)
  await delay(30)
  if (cut) sent.destroy()
  await delay(30)
  return decoded === null ? null : text(decoded)
}

const BODY = 'a body, a body, a body'.repeat(9)
const CODED: readonly (readonly [string, Buffer])[] = [
  ['gzip', gzipSync(BODY)],
  ['x-gzip', gzipSync(BODY)],
  ['deflate', deflateSync(BODY)],
  ['br', brotliCompressSync(BODY)],
  ['zstd', zstdCompressSync(BODY)],
]

describe.each(CODED)('a request in %s', (encoding, body) => {
  it('is read', async () => {
    expect(await late(encoding, body)).toBe(BODY)
  })

  it.each([
    ['ends early', body.subarray(0, -9), false],
    ['is something else', Buffer.from('something else'), false],
    ['is broken off by its sender', body.subarray(0, -9), true],
  ] as const)('that %s is an error to its reader, however late he comes, and to nobody else', async (_, sent, cut) => {
    await expect(late(encoding, sent, cut)).rejects.toThrow()
  })
})

it('knows what it does not know', async () => {
  expect(await late('lzma', Buffer.from(BODY))).toBe(null)
  expect(await late('identity', Buffer.from(BODY))).toBe(BODY)
})

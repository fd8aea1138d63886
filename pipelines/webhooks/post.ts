import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { Target } from './target.ts'

export type PostLimits = {
  /** From connecting to the last byte of the answer. */
  readonly timeout_ms: number
  /** Of the answer's body; the rest is not read. */
  readonly answer_bytes_max: number
}

export const POST_LIMITS: PostLimits = { timeout_ms: 10_000, answer_bytes_max: 1_024 }

export type PostAnswer = {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** The beginning of the body. */
  readonly excerpt: string
}

/**
 * Posts to one address, which was judged before, under the name that it was found by: no resolver is asked again, no
 * redirect is followed and no connection is shared. The answer counts from its status on; its body is only read for the
 * delivery log.
 *
 * @throws Error when no status comes in time
 */
export async function postTo(
  target: Target,
  address: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  { answer_bytes_max, timeout_ms }: PostLimits,
  signal: AbortSignal,
): Promise<PostAnswer> {
  const { hostname, port, url } = target
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeout_ms)])
  const options: RequestOptions & { servername?: string } = {
    method: 'POST',
    host: address,
    port,
    path: `${url.pathname}${url.search}`,
    headers: { ...headers, host: url.host, 'content-length': String(Buffer.byteLength(body)) },
    agent: false,
    signal: limit,
    // The certificate must be that of the name, though we connect to an address.
    ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
  }
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = (url.protocol === 'https:' ? httpsRequest : httpRequest)(options, resolve)
    // Stays for as long as the answer is read: whatever breaks then is told to its reader.
    outgoing.on('error', reject)
    outgoing.end(body)
  })
  const { headers: answered, statusCode = 0 } = response
  return { status: statusCode, headers: answered, excerpt: await beginningOf(response, answer_bytes_max) }
}

/** An answer that breaks off has its status all the same. */
async function beginningOf(response: IncomingMessage, bytes_max: number): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      parts.push(part)
      bytes += part.length
      if (bytes >= bytes_max) break
    }
  } catch (error) {
    parts.push(Buffer.from(` … broke off: ${(error as Error).message}`))
  } finally {
    response.destroy()
  }
  return Buffer.concat(parts).subarray(0, bytes_max).toString('utf8')
}

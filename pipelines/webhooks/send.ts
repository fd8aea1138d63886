import type { Clock } from '../clock.ts'
import { POST_LIMITS, type PostAnswer, type PostLimits, postTo } from './post.ts'
import type { Resolve } from './resolve.ts'
import { signedHeaders } from './sign.ts'
import { addressesOf, readTarget } from './target.ts'

export type Sender = {
  readonly clock: Clock
  readonly steady: Clock
  readonly resolve: Resolve
  /** OMNIFY_WEBHOOK_ALLOW */
  readonly allow: readonly string[]
  readonly limits?: PostLimits
}

export type Message = {
  /** The same for every attempt. */
  readonly id: string
  readonly body: string
}

/** What came of one attempt. */
export type Sent = {
  /** `gone`: the receiver wants nothing more (410). */
  readonly outcome: 'delivered' | 'failed' | 'gone'
  /** 0 where no answer came. */
  readonly status: number
  /** In words, for the delivery log. */
  readonly detail: string
  readonly duration_ms: number
  /** What a receiver that is overloaded asked for. */
  readonly retry_after_ms: number
}

/**
 * One attempt to deliver a message: judged, signed, posted. What a receiver, its name or the network does is an outcome.
 *
 * @throws what is our own mistake
 */
export async function sendMessage(
  sender: Sender,
  { secrets, url }: { readonly url: string; readonly secrets: readonly string[] },
  message: Message,
  attempt: number,
  signal: AbortSignal,
): Promise<Sent> {
  const began = sender.steady()
  const failed = (detail: string): Sent => ({
    ...{ outcome: 'failed', status: 0, detail, retry_after_ms: 0 },
    duration_ms: Math.round(sender.steady() - began),
  })
  const target = readTarget(url, sender.allow)
  if ('refused' in target) return failed(`refused: the URL ${target.refused}`)
  try {
    const addresses = await addressesOf(target, sender.resolve)
    if ('refused' in addresses) return failed(`refused: the URL ${addresses.refused}`)
    // Each attempt takes the next: an address that does not answer costs one attempt only.
    const address = addresses[(attempt - 1) % addresses.length]!
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Omnify-Webhooks/1',
      ...signedHeaders(secrets, message.id, sender.clock(), message.body),
    }
    const answer = await postTo(target, address, headers, message.body, sender.limits ?? POST_LIMITS, signal)
    return { ...judged(answer, sender.clock()), duration_ms: Math.round(sender.steady() - began) }
  } catch (error) {
    const { code, message, name } = error as NodeJS.ErrnoException
    // Whatever comes from the network, TLS or a resolver has a code.
    if (code === undefined) throw error
    return failed(name === 'TimeoutError' || name === 'AbortError' ? 'no answer in time' : `${code}: ${message}`)
  }
}

function judged({ excerpt, headers, status }: PostAnswer, now_ms: number): Omit<Sent, 'duration_ms'> {
  const retry_after_ms = retryAfter(headers['retry-after'], now_ms)
  if (status >= 200 && status < 300) return { outcome: 'delivered', status, detail: excerpt, retry_after_ms }
  if (status === 410) return { outcome: 'gone', status, detail: excerpt, retry_after_ms }
  const detail = status >= 300 && status < 400 ? `a redirect, which is not followed. ${excerpt}` : excerpt
  return { outcome: 'failed', status, detail, retry_after_ms }
}

/** RFC 9110: seconds, or a date. */
function retryAfter(header: string | undefined, now_ms: number): number {
  if (header === undefined) return 0
  const at_ms = /^\d+$/.test(header) ? now_ms + Number(header) * 1000 : Date.parse(header)
  return Number.isNaN(at_ms) ? 0 : Math.max(0, at_ms - now_ms)
}

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Webhook, WebhookVerificationError } from 'standardwebhooks'

export type Received = { readonly id: string; readonly body: string; readonly signatures: number }

export type Receiver = {
  readonly url: string
  /** As OMNIFY_WEBHOOK_ALLOW names it. */
  readonly allow: string
  /** What came and could be verified, in order. */
  readonly received: Received[]
  /** Status of the next answers; 204 when there are none left, never when it is 'silent'. */
  readonly answers: (number | 'silent')[]
  /** Resolves when this holds of what came. */
  until(holds: (received: readonly Received[]) => boolean): Promise<void>
  close(): Promise<void>
}

/**
 * Somebody else's program: it verifies what it is sent with the specification's own library.
 *
 * @param options.any_time  for a sender whose clock is stepped: signatures are compared, their age is not looked at
 */
export async function startReceiver(
  secrets: readonly string[],
  { any_time = false }: { readonly any_time?: boolean } = {},
): Promise<Receiver> {
  const received: Received[] = []
  const answers: (number | 'silent')[] = []
  const waiting = new Set<() => void>()
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const headers = request.headers as Record<string, string>
    try {
      for (const secret of secrets) verify(new Webhook(secret), body, headers, any_time)
    } catch (error) {
      response.writeHead(400).end(String(error))
      return
    }
    received.push({
      id: headers['webhook-id']!,
      body,
      signatures: headers['webhook-signature']!.split(' ').length,
    })
    const answer = answers.shift() ?? 204
    if (answer !== 'silent') response.writeHead(answer).end()
    for (const look of [...waiting]) look()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/hook`,
    allow: `127.0.0.1:${port}`,
    received,
    answers,
    until: (holds) =>
      new Promise((resolve) => {
        const look = () => {
          if (!holds(received)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

/** @throws WebhookVerificationError */
function verify(webhook: Webhook, body: string, headers: Record<string, string>, any_time: boolean): void {
  if (!any_time) return void webhook.verify(body, headers)
  const sent_at = new Date(Number(headers['webhook-timestamp']) * 1_000)
  const signature = webhook.sign(headers['webhook-id']!, sent_at, body)
  if (headers['webhook-signature']?.split(' ').includes(signature) !== true)
    throw new WebhookVerificationError('no signature is right')
}

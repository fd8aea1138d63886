import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'

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

/** Somebody else's program: it verifies what it is sent with the specification's own library. */
export async function startReceiver(secrets: readonly string[]): Promise<Receiver> {
  const received: Received[] = []
  const answers: (number | 'silent')[] = []
  const waiting = new Set<() => void>()
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const headers = request.headers as Record<string, string>
    for (const secret of secrets) new Webhook(secret).verify(body, headers)
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

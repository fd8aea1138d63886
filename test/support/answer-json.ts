import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** How test files, each in a process of its own, ask vitest's main process for something: JSON over HTTP on loopback. */
export type AnswersJson = {
  readonly url: string
  close(): void
}

/** @param answer  what a request of JSON gets; a failure becomes `{ error }` and status 500 */
export async function answerJson(answer: (asked: unknown) => Promise<unknown>): Promise<AnswersJson> {
  const server = createServer(async (request, response) => {
    try {
      const body = await text(request)
      response.end(JSON.stringify((await answer(body === '' ? null : JSON.parse(body))) ?? null))
    } catch (cause) {
      response.writeHead(500).end(JSON.stringify({ error: cause instanceof Error ? cause.stack : String(cause) }))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Asks such a server. */
export async function askJson<Answer>(url: string, asked: unknown): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(asked) })
  const answer = (await response.json()) as Answer & { readonly error?: string }
  if (!response.ok) throw new Error(answer.error)
  return answer
}

import { Agent, request } from 'node:http'

export type Answer = { readonly status: number; readonly text: string }

/** A client of the engine's HTTP interface over connections of its own that stay open. */
export type Client = {
  get(path: string): Promise<Answer>
  /** @param body JSON */
  post(path: string, body: string): Promise<Answer>
  close(): void
}

/**
 * @param more  headers of every request
 * @throws Error with the system's code when the engine cannot be reached
 */
export function openClient(url: string, key: string, more: Readonly<Record<string, string>> = {}): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX })
  const { hostname, port } = new URL(url)
  const send = (method: string, path: string, body?: string) =>
    new Promise<Answer>((resolve, reject) => {
      const headers: Record<string, string> = { authorization: `Bearer ${key}`, ...more }
      if (body !== undefined) {
        headers['content-type'] = 'application/json'
        headers['content-length'] = String(Buffer.byteLength(body))
      }
      const sent = request({ agent, hostname, port, method, path, headers }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({ status: response.statusCode!, text: Buffer.concat(chunks).toString('utf8') }),
        )
      })
      sent.on('error', reject)
      sent.end(body)
    })
  return {
    get: (path) => send('GET', path),
    post: (path, body) => send('POST', path, body),
    close: () => agent.destroy(),
  }
}

/** What waits for a connection waits on our side; its time counts all the same. */
const CONNECTIONS_MAX = 64

/** @throws Error naming the question when the answer is no 200 */
export async function getJson<T>(client: Client, path: string): Promise<T> {
  const { status, text } = await client.get(path)
  if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${text.slice(0, 300)}`)
  return JSON.parse(text) as T
}

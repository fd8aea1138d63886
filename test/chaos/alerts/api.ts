import { setTimeout as sleep } from 'node:timers/promises'
import type { Stack } from '../stack/stack.ts'

/** One request of the query API, again until it is answered. */
export type Api = (method: string, path: string, body?: object, idempotency_key?: string) => Promise<unknown>

/** A program that knows that the engine may be gone at any moment: it asks again until it has an answer. */
export function makeApi({ query }: Pick<Stack, 'query'>, key: string): Api {
  return async (method, path, body, idempotency_key) => {
    let last = 'nobody was there'
    for (const until = performance.now() + ANSWER_MAX_MS; performance.now() < until; await sleep(RETRY_MS)) {
      const url = query.url()
      if (url === undefined) continue
      const headers = {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idempotency_key === undefined ? {} : { 'idempotency-key': idempotency_key }),
      }
      const init = { method, headers, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) }
      const answer = await fetch(`${url}${path}`, body === undefined ? init : { ...init, body: JSON.stringify(body) })
        .then(async (response) => ({ status: response.status, text: await response.text() }))
        .catch((error: unknown) => ({ status: 0, text: String(error) }))
      if (answer.status >= 200 && answer.status < 300) return answer.text === '' ? undefined : JSON.parse(answer.text)
      // What is gone was removed by a request whose answer was lost.
      if (method === 'DELETE' && answer.status === 404) return undefined
      last = `${answer.status} ${answer.text}`
      if (![0, 429, 503].includes(answer.status)) throw new Error(`${method} ${path}: ${last}`)
    }
    throw new Error(`${method} ${path} was not answered within ${ANSWER_MAX_MS} ms: ${last}`)
  }
}

const RETRY_MS = 100
const REQUEST_TIMEOUT_MS = 10_000
const ANSWER_MAX_MS = 120_000

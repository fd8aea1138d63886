import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** A client in a thread of its own: what it spends is not spent by the server that it asks. */
export type Asker = {
  /** @returns from before the request to the last byte of the answer, whose status must be 200 */
  ask(login: string, url: string, sql: string): Promise<{ ms: number; bytes: number }>
  close(): Promise<void>
}

/** @param logins  `user:password` by name */
export function openAsker(logins: Readonly<Record<string, string>>): Asker {
  const worker = new Worker(new URL('./ask-thread.ts', import.meta.url))
  return {
    async ask(login, url, sql) {
      worker.postMessage({ url, sql, login: logins[login] })
      const [answer] = (await once(worker, 'message')) as [{ ms: number; bytes: number; error?: string }]
      if (answer.error !== undefined) throw new Error(`${url}: ${answer.error}`)
      return answer
    },
    async close() {
      await worker.terminate()
    },
  }
}

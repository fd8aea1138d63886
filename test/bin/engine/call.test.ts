import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { callEngine } from '../../../bin/engine/call.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** Asks an engine that answers so. */
async function call(answer: (response: ServerResponse) => void, signal = new AbortController().signal) {
  const server = createServer((_request, response) => answer(response))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const progress: unknown[] = []
  const engine = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, secret: 's' }
  const result = callEngine(engine, '/', {}, (told) => progress.push(told), signal)
  return { progress, outcome: await result.catch((error: Error) => error.message) }
}

const AWAY = 'the engine went away in the middle; run the same command again, it goes on where it was'

it('tells of progress, and what came of it', async () => {
  const lines = '{"progress":1}\n{"progress":2}\n{"result":{"a":1}}\n'
  expect(await call((response) => response.end(lines))).toEqual({ progress: [1, 2], outcome: { a: 1 } })
  expect(await call((response) => response.end('{"error":"no"}\n'))).toEqual({ progress: [], outcome: 'no' })
  const refused = await call((response) => response.writeHead(401).end('who?'))
  expect(refused.outcome).toBe('the engine refused (401): who?')
})

it.each<[string, (response: ServerResponse) => void]>([
  ['is killed', (response) => response.write('{"progress":1}\n', () => response.socket?.resetAndDestroy())],
  ['ends its side', (response) => response.write('{"progress":1}\n', () => response.socket?.destroy())],
  ['ends within a line', (response) => response.end('{"progress":1}\n{"res')],
  ['says nothing at the end', (response) => response.end('{"progress":1}\n')],
])('says what to do when the engine %s', async (_, answer) => {
  expect((await call(answer)).outcome).toBe(AWAY)
})

it('ends with its signal, as what it is', async () => {
  const stop = new AbortController()
  const { outcome } = await call((response) => response.write('{"progress":1}\n', () => stop.abort()), stop.signal)
  expect(outcome).toContain('aborted')
})

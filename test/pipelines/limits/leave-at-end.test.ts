import { once } from 'node:events'
import { createServer, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { leaveAtEnd } from '../../../pipelines/limits/leave-at-end.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A request that a server holds, and the client that sent it. */
async function held() {
  const arrived = Promise.withResolvers<ServerResponse>()
  const server = createServer((_message, response) => arrived.resolve(response)).listen(0, '127.0.0.1')
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const client = request({ port: (server.address() as AddressInfo).port })
  client.on('error', () => undefined).on('response', (answer) => answer.resume())
  client.end()
  return { client, response: await arrived.promise }
}

it('counts out once the answer has gone', async () => {
  const { response } = await held()
  let left = 0
  leaveAtEnd({ leave: () => left++ }, response)
  expect(left).toBe(0)
  response.end()
  await expect.poll(() => left).toBeGreaterThan(0)
})

it('counts out when the client goes', async () => {
  const { client, response } = await held()
  let left = 0
  leaveAtEnd({ leave: () => left++ }, response)
  client.destroy()
  await expect.poll(() => left).toBeGreaterThan(0)
})

it('counts out at once when the client has gone before', async () => {
  const { client, response } = await held()
  const closed = once(response, 'close')
  client.destroy()
  await closed
  let left = 0
  leaveAtEnd({ leave: () => left++ }, response)
  expect(left).toBe(1)
})

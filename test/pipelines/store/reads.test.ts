import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { connectStore } from '../../../pipelines/store/client.ts'

/** A server of ours, for what a store does only now and then. */
async function serving(listener: RequestListener, options = {}) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const store = connectStore({ url, user: 'u', password: 'p', database: 'd', ...options })
  onTestFinished(async () => {
    await store.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { server, store }
}

describe('a read', () => {
  it('puts rows together wherever the chunks of an answer end', async () => {
    const text = '{"a":"x\\ny"}\n{"a":"é"}\n{"a":"z"}\n'
    const bytes = Buffer.from(text)
    const { store } = await serving(async (_, response) => {
      for (const byte of bytes) {
        response.write(Buffer.of(byte))
        await new Promise((resolve) => setImmediate(resolve))
      }
      response.end()
    })
    expect(await store.query('SELECT')).toEqual([{ a: 'x\ny' }, { a: 'é' }, { a: 'z' }])
  })

  it('fails where an answer breaks off, and where it is cut within a row', async () => {
    const { store } = await serving((request, response) => {
      void buffer(request).then((body) => {
        response.write('{"a":1}\n{"a"')
        if (body.toString().includes('cut')) response.end()
        else setTimeout(() => response.destroy(), 10)
      })
    })
    await expect(store.query('broken')).rejects.toMatchObject({ kind: 'unavailable', retryable: true })
    await expect(store.query('cut')).rejects.toThrow('the last row has no end')
  })

  it('is sent again, once, when a connection that was kept had been closed', async () => {
    const asked: IncomingMessage[] = []
    const { store } = await serving((request, response) => {
      asked.push(request)
      // The second comes by the connection of the first.
      if (asked.length === 2) request.socket.resetAndDestroy()
      else response.end('{"n":1}\n')
    })
    expect(await store.query('SELECT 1')).toEqual([{ n: 1 }])
    expect(await store.query('SELECT 1')).toEqual([{ n: 1 }])
    expect(asked).toHaveLength(3)
    expect(asked[1]!.socket).toBe(asked[0]!.socket)
    expect(asked[2]!.socket).not.toBe(asked[0]!.socket)
  })

  it('is not sent again when a new connection is closed', async () => {
    let asked = 0
    const { store } = await serving((request) => {
      asked++
      request.socket.resetAndDestroy()
    })
    await expect(store.query('SELECT 1')).rejects.toMatchObject({ kind: 'unavailable' })
    expect(asked).toBe(1)
  })

  it('ends with its time, and with its signal', async () => {
    const { store } = await serving(() => undefined, { request_timeout_ms: 50 })
    await expect(store.query('SELECT 1')).rejects.toMatchObject({ kind: 'timeout' })
    const signal = AbortSignal.timeout(10)
    await expect(store.query('SELECT 1', undefined, { signal })).rejects.toMatchObject({ kind: 'cancelled' })
    await expect(store.queryRaw('SELECT 1', { format: 'TSV', signal })).rejects.toMatchObject({ kind: 'cancelled' })
  })

  it('tells an answer of something else than a store', async () => {
    const { store } = await serving((_, response) => response.writeHead(502).end('<html>Bad gateway</html>'))
    await expect(store.query('SELECT 1')).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('HTTP 502: <html>Bad gateway</html>'),
    })
  })
})

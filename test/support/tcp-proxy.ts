/** A TCP proxy that breaks connections on purpose, to be put in front of a broker. */

import { connect, createServer, type Socket } from 'node:net'

export type FaultyProxy = {
  /** When set, the server's next answer is thrown away together with its connection: the request was carried out. */
  loseNext: boolean
  /** While true, connections stay open and nothing passes: a network that swallows packets. */
  frozen: boolean
  /** Closes every connection, and new ones at once, until called with false: a server that is not there. */
  down(yes: boolean): void
  readonly lost: () => number
  close(): Promise<void>
}

export function startProxy(port: number, target: number): Promise<FaultyProxy> {
  const open = new Set<Socket>()
  let lost = 0
  let isDown = false
  const server = createServer((client) => {
    if (isDown) return void client.destroy()
    const upstream = connect({ host: '127.0.0.1', port: target })
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.once('close', () => open.delete(socket))
      socket.on('error', () => {})
    }
    client.on('data', (data) => void (proxy.frozen || upstream.write(data)))
    upstream.on('data', (data) => {
      if (proxy.frozen) return
      if (!proxy.loseNext) return void client.write(data)
      proxy.loseNext = false
      lost += 1
      client.destroy()
      upstream.destroy()
    })
    client.once('close', () => upstream.destroy())
    upstream.once('close', () => client.destroy())
  })
  const proxy: FaultyProxy = {
    loseNext: false,
    frozen: false,
    lost: () => lost,
    down: (yes) => {
      isDown = yes
      if (yes) for (const socket of open) socket.destroy()
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(proxy))
  })
}

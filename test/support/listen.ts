import http from 'node:http'

export type SseEvent = {
  readonly id?: string
  readonly event?: string
  readonly data?: string
  readonly comment?: string
}

export type Listener = {
  /** Everything that came, one entry per block. */
  readonly events: SseEvent[]
  /** Of the answer, once it is there. */
  readonly status: Promise<number>
  /** Resolves when this holds of what came; rejects when the stream ends before. */
  until(holds: (events: readonly SseEvent[]) => boolean): Promise<void>
  /** Resolves when the server has ended the stream. */
  readonly ended: Promise<void>
  /** Stops reading, as a program that hangs does. */
  pause(): void
  close(): void
}

/** A client of server-sent events that keeps what it is sent. */
export function listen(url: string, headers: Record<string, string> = {}): Listener {
  const events: SseEvent[] = []
  const waiting = new Set<() => void>()
  const status = Promise.withResolvers<number>()
  const ended = Promise.withResolvers<void>()
  let response: http.IncomingMessage | undefined
  let rest = ''
  let over = false
  const wake = () => {
    for (const one of [...waiting]) one()
  }
  const request = http.get(url, { headers, agent: false }, (answer) => {
    response = answer
    status.resolve(answer.statusCode!)
    answer.setEncoding('utf8')
    answer.on('data', (chunk: string) => {
      rest += chunk
      const blocks = rest.split('\n\n')
      rest = blocks.pop()!
      for (const block of blocks) events.push(blockOf(block))
      wake()
    })
    answer.on('close', end)
  })
  request.on('error', (error) => {
    status.reject(error)
    end()
  })
  function end() {
    over = true
    ended.resolve()
    wake()
  }
  status.promise.catch(() => undefined)
  return {
    events,
    status: status.promise,
    ended: ended.promise,
    until: (holds) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (holds(events)) resolve()
          else if (over) reject(new Error(`the stream ended after ${JSON.stringify(events)}`))
          else return
          waiting.delete(look)
        }
        waiting.add(look)
        look()
      }),
    pause: () => response?.pause(),
    close: () => request.destroy(),
  }
}

function blockOf(block: string): SseEvent {
  const fields = block.split('\n').map((line) => {
    const at = line.indexOf(': ')
    return [at === 0 ? 'comment' : line.slice(0, at), line.slice(at + 2)]
  })
  return Object.fromEntries(fields)
}

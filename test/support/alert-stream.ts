import { setTimeout as sleep } from 'node:timers/promises'

/** An event of the stream: the place of its record on the log, and its bytes. */
export type Streamed = { readonly offset: number; readonly bytes: string }

export type AlertStream = {
  /** In the order of their coming. */
  readonly events: readonly Streamed[]
  /** What must never come: an event behind its predecessor, a gap in the log. */
  readonly complaints: readonly string[]
  /** How often a connection was made. */
  connections(): number
  stop(): Promise<void>
}

/**
 * Somebody who listens to `GET /v1/alerts/stream` from the first alert on, as a browser does: whenever it is cut off it
 * comes back with the id of the last event that it has (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 *
 * @param url  where the engine answers now; undefined while nobody does
 * @param onEvent  told of each as it comes
 */
export function followAlerts(
  url: () => string | undefined,
  key: string,
  onEvent: (event: Streamed) => void = () => undefined,
): AlertStream {
  const events: Streamed[] = []
  const complaints: string[] = []
  const stopping = new AbortController()
  let last = ''
  let connections = 0

  /** Lines of one event, or of a comment. */
  function take(lines: readonly string[]): void {
    const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
    const [id, event, bytes] = [field('id'), field('event'), field('data')]
    if (id !== undefined) last = id
    if (event === 'gap') complaints.push(`the stream lacks ${bytes}`)
    if (event !== 'alert') return
    const offset = Number(id?.split('-').at(-1))
    const before = events.at(-1)?.offset ?? -1
    if (!(offset > before)) complaints.push(`${id} came after offset ${before}`)
    events.push({ offset, bytes: bytes ?? '' })
    onEvent(events.at(-1)!)
  }

  async function listen(base: string): Promise<void> {
    const headers = { authorization: `Bearer ${key}`, ...(last === '' ? {} : { 'last-event-id': last }) }
    const response = await fetch(`${base}/v1/alerts/stream?since=2000-01-01T00:00:00Z`, {
      headers,
      signal: stopping.signal,
    })
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
    connections++
    let text = ''
    for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
      const frames = (text + part).split('\n\n')
      // What is cut off in the middle of an event is no event.
      text = frames.pop()!
      for (const frame of frames) take(frame.split('\n'))
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const base = url()
      // Cut off, refused, or not there: all of it is to be expected of an engine that is killed.
      if (base !== undefined) await listen(base).catch(() => undefined)
      await sleep(RETRY_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const running = run()
  return {
    events,
    complaints,
    connections: () => connections,
    async stop() {
      stopping.abort()
      await running
    },
  }
}

const RETRY_MS = 100

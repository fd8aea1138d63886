import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { useStore } from '../../support/store.ts'
import { createTables } from '../support/fill.ts'
import { as, type Served, serve } from '../support/serve.ts'

const context = useStore()
const state: { served?: Served; url?: string } = {}
const ROWS = 600_000
/** 240 MB in any format, which nobody may hold. */
const SQL = `WITH arrayJoin(range(${ROWS})) AS n SELECT n, repeat('x', 400) AS text`
const HELD_MAX = 10_000_000
/** Often enough that a quarter of the export cannot hide between two looks. */
const LOOK_BYTES = 20_000_000

// A thread that lends itself to many tests has garbage of its own, collected or not: here it always is.
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
/** Bytes in buffers that somebody still holds. They are counted as gone when the next collection finds them swept. */
function held(): number {
  collectGarbage()
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}

beforeAll(async () => {
  await createTables(context.store)
  state.served = await serve(context)
  state.url = await state.served.app.listen({ port: 0, host: '127.0.0.1' })
  // The gate tests itself when it is first asked.
  await (await start('SELECT 1', 'csv')).text()
}, 240_000)
afterAll(() => state.served?.app.close())

function start(sql: string, format: string, signal?: AbortSignal): Promise<Response> {
  return fetch(`${state.url}/v1/sql?format=${format}`, {
    method: 'POST',
    headers: { ...as('t'), 'content-type': 'application/json' },
    body: JSON.stringify({ sql }),
    ...(signal === undefined ? {} : { signal }),
  })
}

describe.each(['csv', 'ndjson'])('an export as %s', (format) => {
  it('waits for a reader who does not read, and holds next to nothing for him', { timeout: 120_000 }, async () => {
    const before = held()
    const stop = new AbortController()
    const response = await start(SQL, format, stop.signal)
    expect(response.status).toBe(200)
    const reader = response.body!.getReader()
    let bytes = (await reader.read()).value!.length
    await sleep(700)
    expect(held() - before).toBeLessThan(HELD_MAX)
    let most = 0
    let looked_at = bytes
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      bytes += value.length
      if (bytes - looked_at < LOOK_BYTES) continue
      looked_at = bytes
      most = Math.max(most, held() - before)
    }
    expect(bytes).toBeGreaterThan(ROWS * 400)
    expect(most).toBeLessThan(HELD_MAX)
  })
})

import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createNameless } from '../../../../pipelines/store/embedded/nameless.ts'
import { useStore } from '../../../support/store.ts'

it('gives an id to one statement at a time, the last one given back first', () => {
  const ids = createNameless('of-a-process')
  const [first, second] = [ids.take(), ids.take()]
  expect(first).not.toBe(second)
  expect([first, second].every((id) => id.startsWith('of-a-process'))).toBe(true)
  ids.giveBack(first)
  ids.giveBack(second)
  expect([ids.take(), ids.take()]).toEqual([second, first])
  // One that is not given back, since it was stopped, is never given out again.
  expect([first, second]).not.toContain(ids.take())
})

const test = useStore({ empty: true })

describe.skipIf(process.env.OMNIFY_TEST_CLICKHOUSE_URL !== undefined)('what nobody named in the embedded store', () => {
  it('has an id that comes again there, and one of its own for the client', async () => {
    const mine = "SELECT Settings['log_comment'] AS id FROM system.processes WHERE query LIKE '%tell me mine%'"
    const first = await test.store.query<{ id: string }>(mine)
    expect(first).toHaveLength(1)
    expect(await test.store.query(mine)).toEqual(first)
    expect(await test.store.query(mine, {}, { query_id: 'named' })).toEqual([{ id: 'named' }])
    const seen = await Promise.all(
      [1, 2].map(() => test.store.queryRaw('SELECT 1', { format: 'TSV', settings: WHOLE })),
    )
    for (const { stream } of seen) stream.resume()
    expect(new Set(seen.map(({ query_id }) => query_id)).size).toBe(2)
  })

  it('is stopped alone when its client leaves', async () => {
    const count = async (what: string) => {
      const watch = `SELECT toUInt32(count()) AS n FROM system.processes WHERE query LIKE 'SELECT \\'${what}%'`
      return (await test.store.query<{ n: number }>(watch))[0]!.n
    }
    const until = async (holds: () => Promise<boolean>) => {
      while (!(await holds())) await delay(20)
    }
    const slow = (mark: string, signal: AbortSignal) =>
      test.store.query(
        `SELECT '${mark}', sum(sleepEachRow(0.01)) FROM numbers(100000)`,
        {},
        { signal, settings: SMALL },
      )
    const [left, kept] = [new AbortController(), new AbortController()]
    const leaving = slow('one that is left', left.signal)
    const staying = slow('one that stays', kept.signal)
    await until(async () => (await count('one that is left')) === 1 && (await count('one that stays')) === 1)
    left.abort()
    await expect(leaving).rejects.toThrow('cancelled')
    await until(async () => (await count('one that is left')) === 0)
    expect(await count('one that stays')).toBe(1)
    kept.abort()
    await expect(staying).rejects.toThrow('cancelled')
    await until(async () => (await count('one that stays')) === 0)
  })
})

const WHOLE = { wait_end_of_query: 1 }
const SMALL = { max_block_size: 10 }

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { steadyClock, systemRandomBytes } from '../../../../pipelines/clock.ts'
import { connectStore, type Store } from '../../../../pipelines/store/client.ts'
import { type EmbeddedStore, startEmbeddedStore } from '../../../../pipelines/store/embedded/supervisor.ts'

const dir = mkdtempSync(join(tmpdir(), 'omnify-overdue-'))
const warnings: string[] = []
let embedded: EmbeddedStore
let store: Store

beforeAll(async () => {
  const logger = { info: () => {}, warn: (text: string) => void warnings.push(text) }
  embedded = await startEmbeddedStore({
    dir,
    clock: steadyClock,
    randomBytes: systemRandomBytes,
    logger,
    overdue_ms: 500,
  })
  store = connectStore({ ...embedded, database: 'default' })
})
afterAll(async () => {
  await store.close()
  await embedded.stop()
  rmSync(dir, { recursive: true, force: true })
})

/** A single block of calls that take seconds each: the engine sees neither its clock nor a KILL before its end. */
const ENDLESS = `SELECT sum(editDistance(repeat('a', 60000), concat(repeat('b', 59990), toString(number)))) AS n
  FROM numbers(100)`

it('a statement that cannot be stopped ends with the process, and the next one runs', async () => {
  const pid = embedded.pid()
  await store.command('CREATE TABLE kept (n Int64) ENGINE = MergeTree ORDER BY n')
  await store.command('INSERT INTO kept VALUES (1)')
  const began = performance.now()
  const overdue = store.query(ENDLESS, undefined, { settings: { max_execution_time: 1 } })
  await expect(overdue).rejects.toMatchObject({ kind: 'unavailable' })
  const took_ms = performance.now() - began
  expect(took_ms).toBeGreaterThan(1_400)
  expect(warnings.join('\n')).toMatch(/statement .* outlived its 1 s and cannot be stopped/)
  await expect.poll(() => embedded.restarts()).toBe(1)
  expect(embedded.pid()).not.toBe(pid)
  expect(await store.query('SELECT n FROM kept')).toEqual([{ n: '1' }])
})

it('one that the engine ends itself leaves the process alone', async () => {
  const pid = embedded.pid()
  const looked = store.query('SELECT count() FROM numbers(1e15) WHERE NOT ignore(number)', undefined, {
    settings: { max_execution_time: 1 },
  })
  await expect(looked).rejects.toMatchObject({ kind: 'timeout' })
  await new Promise((resolve) => setTimeout(resolve, 700))
  expect(embedded.pid()).toBe(pid)
})

it('tells what a statement cost', async () => {
  const costs: { rows_read: number; cpu_seconds: number }[] = []
  await store.query('SELECT sum(cityHash64(number)) FROM numbers(3000000)', undefined, {
    onCost: (cost) => costs.push(cost),
  })
  expect(costs).toHaveLength(1)
  expect(costs[0]!.cpu_seconds).toBeGreaterThan(0.001)
  expect(costs[0]!.cpu_seconds).toBeLessThan(30)
})

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../pipelines/clock.ts'
import { fencedInsert, isNewest, raiseGeneration, type Writer } from '../../../pipelines/runner/fence.ts'
import { migrate } from '../../../pipelines/store/migrate.ts'
import { NativeBlock } from '../../../pipelines/store/native.ts'
import { useStore } from '../../support/store.ts'

const test = useStore({ own: true })
const COLUMNS = [{ name: 'a', type: 'UInt32' }]
const deps = { clock: systemClock, sleep: (ms: number) => sleep(ms), patience_ms: 5_000 }
const writer = (name: string): Writer => ({ pipeline: 'p', topic: 't', partition: 0, name })

beforeAll(async () => {
  await migrate(test.store, join(import.meta.dirname, '../../../schemas/migrations'))
  await test.store.command(`CREATE TABLE rows_of (a UInt32) ENGINE = MergeTree ORDER BY a
    SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`)
})

async function insert(by: Writer, value: number): Promise<void> {
  const block = new NativeBlock(COLUMNS)
  block.column('a').append(value)
  await test.store.insertNative(fencedInsert(by, 'rows_of', COLUMNS), block.finish(), { token: `${by.name} ${value}` })
}

const rows = async () => (await test.store.query<{ a: number }>('SELECT a FROM rows_of ORDER BY a')).map(({ a }) => a)

describe.skipIf(process.env.OMNIFY_TEST_CLICKHOUSE_URL !== undefined)('the fence, when the store starts again', () => {
  it('keeps everybody out until the generation is raised, and goes on counting', async () => {
    const [old, current, next] = [writer('old'), writer('current'), writer('next')]
    await raiseGeneration(test.store, old, deps)
    expect(await raiseGeneration(test.store, current, deps)).toBe(2)
    await insert(current, 1)

    const restarts = test.embedded.restarts()
    process.kill(test.embedded.pid(), 'SIGKILL')
    while (test.embedded.restarts() === restarts) await sleep(20)
    await insert(old, 2)
    await insert(current, 3)
    expect(await rows()).toEqual([1])
    expect([await isNewest(test.store, old), await isNewest(test.store, current)]).toEqual([false, false])

    expect(await raiseGeneration(test.store, next, deps)).toBe(3)
    await insert(current, 4)
    await insert(next, 5)
    expect(await rows()).toEqual([1, 5])
  })
})

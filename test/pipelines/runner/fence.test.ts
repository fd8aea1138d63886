import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../pipelines/clock.ts'
import { FencedError } from '../../../pipelines/runner/errors.ts'
import { fencedInsert, isNewest, raiseGeneration, type Writer } from '../../../pipelines/runner/fence.ts'
import { connectStore } from '../../../pipelines/store/client.ts'
import { migrate } from '../../../pipelines/store/migrate.ts'
import { NativeBlock } from '../../../pipelines/store/native.ts'
import { useStore } from '../../support/store.ts'

const test = useStore()
const COLUMNS = [{ name: 'a', type: 'UInt32' }]
beforeAll(async () => {
  await migrate(test.store, join(import.meta.dirname, '../../../schemas/migrations'))
  await test.store.command('CREATE TABLE rows_of (a UInt32) ENGINE = MergeTree ORDER BY a')
})

const writer = (name: string, partition: number): Writer => ({ pipeline: "it's", topic: 't', partition, name })
const deps = (patience_ms = 5_000) => ({ clock: systemClock, sleep: (ms: number) => sleep(ms), patience_ms })

function block(value: number): Buffer {
  const out = new NativeBlock(COLUMNS)
  out.column('a').append(value)
  return out.finish()
}

const rows = async (from: number) =>
  (
    await test.store.query<{ a: number }>(`SELECT a FROM rows_of WHERE a >= ${from} AND a < ${from + 100} ORDER BY a`)
  ).map(({ a }) => a)

describe('the fence', () => {
  it('lets the newest writer write, and nothing of one that sleeps through its successor', async () => {
    const [old, next] = [writer('old', 0), writer('new', 0)]
    // A client of its own, as a process has that was stopped and wakes up.
    const zombie = connectStore(test.access)
    expect(await raiseGeneration(zombie, old, deps())).toBe(1)
    await zombie.insertNative(fencedInsert(old, 'rows_of', COLUMNS), block(1), { token: 'x1' })
    expect(await raiseGeneration(test.store, next, deps())).toBe(2)
    await zombie.insertNative(fencedInsert(old, 'rows_of', COLUMNS), block(2), { token: 'x2' })
    await test.store.insertNative(fencedInsert(next, 'rows_of', COLUMNS), block(3), { token: 'x3' })
    expect(await rows(0)).toEqual([1, 3])
    expect([await isNewest(zombie, old), await isNewest(zombie, next)]).toEqual([false, true])
    await zombie.close()
  })

  it('keeps partitions apart', async () => {
    const [one, other] = [writer('one', 1), writer('other', 2)]
    await raiseGeneration(test.store, one, deps())
    await raiseGeneration(test.store, other, deps())
    await test.store.insertNative(fencedInsert(one, 'rows_of', COLUMNS), block(100), { token: 'y' })
    expect(await rows(100)).toEqual([100])
  })

  it('gives one of two that raise the same generation the partition, and tells the other', async () => {
    const names = ['p', 'q', 'r', 's']
    const raised = await Promise.allSettled(names.map((name) => raiseGeneration(test.store, writer(name, 3), deps())))
    const newest = await Promise.all(names.map((name) => isNewest(test.store, writer(name, 3))))
    expect(newest.filter(Boolean)).toHaveLength(1)
    expect(raised[newest.indexOf(true)]!.status).toBe('fulfilled')
    for (const result of raised) if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(FencedError)
  })

  it('waits until an insert of an older writer has ended', async () => {
    const slow = await runSlowly(4, 200, 50)
    await raiseGeneration(test.store, writer('after', 4), deps())
    // It was running when the generation was raised, so it counts: it must be seen whole by whoever asks now.
    expect(await rows(200)).toHaveLength(50)
    await slow.end
  })

  it('kills an older insert that does not end', async () => {
    const slow = await runSlowly(5, 300, 100_000)
    const outcome = expect(slow.end).rejects.toThrow()
    await raiseGeneration(test.store, writer('after', 5), deps(100))
    await outcome
    expect(await rows(300)).toEqual([])
  })
})

/** An insert that begins as one of an older writer does, and takes 10 ms a row. Resolves when it runs. */
async function runSlowly(partition: number, value: number, count: number): Promise<{ readonly end: Promise<unknown> }> {
  const head = fencedInsert(writer('before', partition), 'rows_of', COLUMNS).split(' SELECT ')[0]
  const rest = `SELECT ${value} FROM numbers(${count}) WHERE sleepEachRow(0.01) = 0 SETTINGS max_block_size = 10`
  const end = test.store.command(`${head} ${rest}`)
  let has_ended = false
  // Whoever waits for it sees how it ended.
  end
    .catch(() => undefined)
    .then(() => {
      has_ended = true
    })
  const running = "SELECT count() AS n FROM system.processes WHERE query LIKE 'INSERT%sleepEachRow%'"
  await expect.poll(async () => has_ended || (await test.store.query<{ n: string }>(running))[0]!.n).not.toBe('0')
  return { end }
}

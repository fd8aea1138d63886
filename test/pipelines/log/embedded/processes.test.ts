import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../../../pipelines/clock.ts'
import { openEmbeddedLog } from '../../../../pipelines/log/embedded/open.ts'
import { readAll, testFolder, testLog, topic } from './support.ts'

type Acknowledged = {
  readonly partition: number
  readonly offset: number
  readonly count: number
  readonly first: string
}

describe('a process that is killed', () => {
  it('loses nothing that was acknowledged, however often, and leaves no lock behind', async () => {
    const dir = await testFolder()
    const acknowledged: Acknowledged[] = []
    for (let round = 0; round < 5; round += 1) {
      const child = startChild(new URL('./appending-child.ts', import.meta.url), dir)
      const lines = createInterface({ input: child.stdout! })
      const enough = 40 + round * 23
      let seen = 0
      for await (const line of lines) {
        const [partition, offset, count, first] = line.split(' ')
        acknowledged.push({ partition: Number(partition), offset: Number(offset), count: Number(count), first: first! })
        seen += 1
        if (seen === 1) {
          const second = openEmbeddedLog({ dir, writes: 'all', clock: systemClock })
          await expect(second).rejects.toMatchObject({
            code: 'log_locked',
            message: expect.stringContaining(`process ${child.pid}`),
          })
        }
        if (seen === enough) child.kill('SIGKILL')
      }
      expect(seen).toBeGreaterThanOrEqual(enough)
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      expect(child.signalCode).toBe('SIGKILL')

      const log = await openEmbeddedLog({ dir, writes: 'all', clock: systemClock })
      const all = [await readAll(log, 't', 0), await readAll(log, 't', 1)]
      for (const each of acknowledged) {
        const records = all[each.partition]!.slice(each.offset, each.offset + each.count)
        expect(records).toHaveLength(each.count)
        expect(records[0]!.value!.toString()).toBe(each.first)
      }
      for (const records of all) expectWholeBatches(records.map(({ value }) => value!.toString()))
      await log.close()
    }
  })
})

describe('a process that only waits', () => {
  it('lives until the wait is over', async () => {
    const child = startChild(new URL('./waiting-child.ts', import.meta.url), await testFolder())
    const [output] = await Promise.all([text(child.stdout!), once(child, 'exit')])
    expect(output).toBe('0 records, closed')
    expect(child.exitCode).toBe(0)
  })
})

describe('the lock', () => {
  it('refuses a second opening in the same process, and opens again after close', async () => {
    const dir = await testFolder()
    const first = await openEmbeddedLog({ dir, writes: 'all', clock: systemClock })
    const second = openEmbeddedLog({ dir, writes: 'all', clock: systemClock })
    await expect(second).rejects.toMatchObject({
      name: 'LogError',
      code: 'log_locked',
      message: expect.stringContaining(`process ${process.pid}`),
    })
    await topic(first)
    await first.close()
    const third = await testLog({ dir })
    expect(await third.partitions('t')).toBe(1)
  })
})

/** Every batch is there from its first record on to its last, or not at all. */
function expectWholeBatches(values: readonly string[]): void {
  let at = 0
  while (at < values.length) {
    const [pid, writer, turn, index] = values[at]!.replace(/\.+$/, '').split('-').map(Number)
    expect(index).toBe(0)
    const size = 1 + ((turn! * 7) % 30)
    const names = values.slice(at, at + size).map((value) => value.replace(/\.+$/, ''))
    expect(names).toEqual(Array.from({ length: size }, (_, each) => `${pid}-${writer}-${turn}-${each}`))
    at += size
  }
}

function startChild(script: URL, dir: string): ChildProcess {
  const child = spawn(process.execPath, [fileURLToPath(script), dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { connectStore } from '../../../../pipelines/store/client.ts'
import type { EmbeddedStore } from '../../../../pipelines/store/embedded/supervisor.ts'
import { startTestStore } from '../../../support/store.ts'

const remote = process.env.OMNIFY_TEST_CLICKHOUSE_URL !== undefined
const dirs: string[] = []
const newDir = async () => {
  const dir = await mkdtemp(join(tmpdir(), 'omnify-supervisor-'))
  dirs.push(dir)
  return dir
}
afterAll(() => Promise.all(dirs.map((dir) => rm(dir, { recursive: true, force: true }))))

const open = ({ url, user, password }: EmbeddedStore) => connectStore({ url, user, password, database: 'default' })

/** A process that has ended but that nobody has waited for is a zombie: dead. */
const isAlive = (pid: number) => {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(20)
}

describe.skipIf(remote)('startEmbeddedStore', () => {
  it('starts again after kill -9, at the same address, with all that was inserted', async () => {
    const embedded = await startTestStore(await newDir())
    const store = open(embedded)
    try {
      await store.command(`CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a
        SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`)
      let heard = 0
      embedded.onRestart(() => heard++)
      for (let round = 1; round <= 3; round++) {
        await store.command(`INSERT INTO t SELECT ${round}`)
        const pid = embedded.pid()
        process.kill(pid, 'SIGKILL')
        await until(() => embedded.restarts() === round)
        await embedded.ready()
        expect(embedded.pid()).not.toBe(pid)
        expect(await store.query('SELECT count() AS n FROM t')).toEqual([{ n: String(round) }])
      }
      expect(heard).toBe(3)
    } finally {
      await store.close()
      await embedded.stop()
    }
  })

  it('replaces a process that hangs', async () => {
    const health = { interval_ms: 50, timeout_ms: 1_000, failures_max: 2 }
    const embedded = await startTestStore(await newDir(), { health })
    const pid = embedded.pid()
    process.kill(pid, 'SIGSTOP')
    await until(() => embedded.restarts() === 1)
    expect(isAlive(pid)).toBe(false)
    const store = open(embedded)
    await store.ping()
    await store.close()
    await embedded.stop()
  })

  it('keeps what was there, and leaves no files of its own behind', async () => {
    const dir = await newDir()
    const first = await startTestStore(dir)
    const store = open(first)
    await store.command('CREATE TABLE t (a String) ENGINE = MergeTree ORDER BY a')
    await store.command('INSERT INTO t FORMAT CSV\nkept')
    await store.close()
    await first.stop()
    expect(isAlive(first.pid())).toBe(false)
    expect((await readdir(join(dir, 'scratch'))).filter((name) => !name.startsWith('out-'))).toEqual([])
    const second = await startTestStore(dir)
    expect(second.password).not.toBe(first.password)
    const again = open(second)
    expect(await again.query('SELECT * FROM t')).toEqual([{ a: 'kept' }])
    await again.close()
    await second.stop()
  })

  it('refuses a directory in use and names the process', async () => {
    const dir = await newDir()
    const holder = await startTestStore(dir)
    await expect(startTestStore(dir, { lock_wait_ms: 0 })).rejects.toMatchObject({
      reason: 'locked',
      message: `the store in ${dir} is in use by process ${holder.pid()}`,
    })
    await holder.stop()
  })

  it('refuses a directory of a later version', async () => {
    const dir = await newDir()
    await writeFile(join(dir, 'layout.json'), '{"version":2}')
    await expect(startTestStore(dir)).rejects.toMatchObject({ reason: 'too_new' })
  })

  it('stops within its time while a query runs', async () => {
    // On a machine that is busy enough it is killed before it has said why; here it is not.
    const embedded = await startTestStore(await newDir(), { stop_wait_ms: 60_000 })
    const store = open(embedded)
    const slow = store.query('SELECT sum(sleepEachRow(0.01)) FROM numbers(100000) SETTINGS max_block_size = 10')
    const failed = expect(slow).rejects.toMatchObject({ code: 236, retryable: true })
    await until(async () =>
      (await store.query('SELECT count() AS n FROM system.processes')).some((row) => (row as { n: string }).n === '2'),
    )
    const started = performance.now()
    await embedded.stop()
    // The query would take a quarter of an hour.
    expect(performance.now() - started).toBeLessThan(60_000)
    await failed
    await store.close()
  })

  it('that cannot be started is told of, and ends nobody', async () => {
    const script = join(await newDir(), 'full.ts')
    const module = new URL('../../../../pipelines/store/embedded/supervisor.ts', import.meta.url)
    await writeFile(
      script,
      `import { startEmbeddedStore } from ${JSON.stringify(module.href)}
       import { randomBytes } from 'node:crypto'
       import { openSync } from 'node:fs'
       const logger = { info() {}, warn() {} }
       const options = { dir: ${JSON.stringify(await newDir())}, clock: Date.now, randomBytes, logger }
       try { for (;;) openSync('/dev/null') } catch {}
       const why = await startEmbeddedStore(options).catch((error) => error.code)
       await new Promise((resolve) => setTimeout(resolve, 50))
       console.log(why)`,
    )
    const node = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin', 'node')
    const limited = `ulimit -n 60; exec '${node}' --no-warnings '${script}'`
    const { stdout } = await promisify(execFile)('bash', ['-c', limited])
    expect(stdout).toBe('EMFILE\n')
  })

  it('ends when its parent is killed, so that the next one can start', async () => {
    const dir = await newDir()
    const script = join(await newDir(), 'parent.ts')
    const module = new URL('../../../../pipelines/store/embedded/supervisor.ts', import.meta.url)
    await writeFile(
      script,
      `import { startEmbeddedStore } from ${JSON.stringify(module.href)}
       import { randomBytes } from 'node:crypto'
       const logger = { info() {}, warn() {} }
       const store = await startEmbeddedStore({ dir: ${JSON.stringify(dir)}, clock: Date.now, randomBytes, logger })
       console.log(store.pid())`,
    )
    const node = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin', 'node')
    const parent = spawn(node, ['--no-warnings', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(parent.stdout, 'data')
    const pid = Number(String(line))
    expect(isAlive(pid)).toBe(true)
    const environment = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0').map((entry) => entry.split('=')[0])
    expect(environment.filter((name) => name !== '' && !name?.startsWith('MALLOC_')).sort()).toEqual([
      'LANG',
      'PATH',
      'TZ',
      'UV_THREADPOOL_SIZE',
    ])
    parent.kill('SIGKILL')
    const next = await startTestStore(dir)
    expect(isAlive(pid)).toBe(false)
    await next.stop()
  })
})

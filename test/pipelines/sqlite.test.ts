import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'

const ROUNDS = 100

/** Opens one new file after the other, each at the same moment as another thread does. */
const OPENS = `
  const { parentPort, workerData } = require('node:worker_threads')
  const { dir, gate, module, rounds } = workerData
  import(module).then(({ openSqlite }) => {
    for (let round = 1; round <= rounds; round++) {
      Atomics.add(gate, 0, 1)
      while (Atomics.load(gate, 0) < 2 * round);
      openSqlite(dir + '/' + round + '.sqlite', 1, 'CREATE TABLE a (b)').close()
    }
    parentPort.postMessage('opened all')
  })
`

it('two threads may open a file that is new at the same moment', { timeout: 120_000 }, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'omnify-sqlite-'))
  const gate = new Int32Array(new SharedArrayBuffer(4))
  const module = new URL('../../pipelines/sqlite.ts', import.meta.url).href
  const threads = [1, 2].map(
    () => new Worker(OPENS, { eval: true, execArgv: [], workerData: { dir, gate, module, rounds: ROUNDS } }),
  )
  try {
    expect(await Promise.all(threads.map((thread) => once(thread, 'message')))).toEqual([
      ['opened all'],
      ['opened all'],
    ])
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()))
    rmSync(dir, { recursive: true, force: true })
  }
})

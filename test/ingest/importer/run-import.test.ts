import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ImportError } from '../../../ingest/importer/error.ts'
import { addCounts, type ImportDeps, type ImportProgress } from '../../../ingest/importer/job.ts'
import { loadMapping } from '../../../ingest/importer/mapping/load.ts'
import { runImport } from '../../../ingest/importer/run-import.ts'
import { LogError } from '../../../pipelines/log/port.ts'
import { TOPICS } from '../../../schemas/topics.ts'
import { type MemoryLog, openMemoryLog } from '../../support/memory-log.ts'
import { checkpointsDouble, storeDouble, vaultDouble } from './support/doubles.ts'

const TOPIC = TOPICS.events.name
const folder = mkdtempSync(join(tmpdir(), 'omnify-import-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const tenant = { name: 'acme', currency: 'USD', zone: 'UTC' }

async function world() {
  const log = openMemoryLog()
  await log.ensureTopics(Object.values(TOPICS))
  let time_ms = Date.UTC(2026, 0, 2)
  let seed = 0
  const checkpoints = checkpointsDouble()
  const deps: ImportDeps = {
    log,
    vault: vaultDouble(),
    store: storeDouble(() => log.all(TOPIC)),
    checkpoints,
    // Moves by itself, so that every batch is a checkpoint.
    clock: () => (time_ms += 600),
    random: (count) => Buffer.alloc(count, ++seed),
    waitVisible: async (ends) => {
      const bounds = await log.bounds(TOPIC)
      expect(ends.every((end, partition) => end <= bounds[partition]!.end)).toBe(true)
    },
    sizes: { chunk_bytes: 700, batch_bytes: 400 },
  }
  return { log, deps, checkpoints }
}

/** A log that fails for good after some appends: the process is as good as dead for it. */
function dyingAfter(log: MemoryLog, appends: number): MemoryLog {
  let left = appends
  return {
    ...log,
    async append(topic, partition, records) {
      if (left-- <= 0) throw new LogError('log_full', 'the disk is full')
      return log.append(topic, partition, records)
    },
  }
}

function event(id: number, more: object = {}) {
  return {
    id: `r${id}`,
    source: 'shop',
    type: 'order.refunded',
    occurred_at: '2025-03-01T10:00:00Z',
    data: { order: `o${id % 7}`, refunded_at: '2025-03-01T10:00:00Z', amount: id % 100, currency: 'USD', ...more },
  }
}

function ordersWithMail(id: number) {
  const data = { ordered_at: '2025-03-01T09:00:00Z', currency: 'USD', total: 1, status: 'paid' }
  const personal = { email: `c${id}@example.com` }
  return { ...event(id), id: `o${id}`, type: 'order.observed', data: { ...data, customer: `c${id}`, personal } }
}

/** 60 refunds, 12 orders with personal data, 3 duplicates, 2 conflicts, 4 lines that are no events. */
function mixedFile(name: string): string {
  const lines: string[] = []
  for (let i = 0; i < 60; i++) {
    lines.push(JSON.stringify(event(i)))
    if (i % 5 === 0) lines.push(JSON.stringify(ordersWithMail(i)))
    if (i % 20 === 3) lines.push(JSON.stringify(event(i)))
    if (i % 30 === 11) lines.push(JSON.stringify(event(i, { amount: 999 })))
    if (i % 17 === 2) lines.push(i % 2 === 0 ? '{"id":' : JSON.stringify(event(i, { amount: 'much' })))
  }
  const path = join(folder, name)
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

const expected = { read: 81, accepted: 72, duplicate: 3, rejected: 6 }

/** Records of the log without what may differ between two sendings of the same: ciphertext and run. */
function contents(log: MemoryLog): string[] {
  return log.all(TOPIC).map(({ value }) => {
    const { raw_sealed, sealed, run, ...rest } = JSON.parse(value!.toString())
    return JSON.stringify(rest)
  })
}

describe('an import', async () => {
  const mapping = await loadMapping('events')

  it('accounts for every line, and a second one adds nothing', async () => {
    const { log, deps, checkpoints } = await world()
    const path = mixedFile('once.ndjson')
    const seen: ImportProgress[] = []
    const first = await runImport(deps, { path, tenant, mapping }, (progress) => seen.push(progress))
    expect(first).toMatchObject(expected)
    expect(first.reasons.map(({ code, path, count }) => [code, path, count])).toEqual([
      ['invalid_json', '', 2],
      ['invalid_field', 'data/amount', 2],
    ])
    expect(first.reasons[0]!.reason).toMatch(/^line \d+: /)
    expect(seen.at(-1)).toMatchObject({ phase: 'waiting', lines: 81 })
    expect(seen.every((one, i) => i === 0 || one.lines >= seen[i - 1]!.lines)).toBe(true)
    expect(checkpoints.kept.size).toBe(0)
    expect(log.all(TOPIC).every(({ value }) => !value!.includes('@example.com'))).toBe(true)

    const refused = () => contents(log).filter((text) => text.startsWith('{"c":0')).length
    expect(refused()).toBe(4)
    const second = await runImport(deps, { path, tenant, mapping }, () => {})
    expect(second).toMatchObject({ read: 81, accepted: 0, duplicate: 75, rejected: 6 })
    expect(second.run).not.toBe(first.run)
    // What was refused stands in the dead letters once, not once per import.
    expect(refused()).toBe(4)
    expect(addCounts([first, second])).toMatchObject({ read: 162, accepted: 72, duplicate: 78, rejected: 12 })
  })

  it('goes on where it was durable, whenever it is killed and whatever checkpoint is left', async () => {
    const path = mixedFile('killed.ndjson')
    const whole = await world()
    await runImport(whole.deps, { path, tenant, mapping }, () => {})
    const all = contents(whole.log).sort()
    for (const [deaths, frozen] of [
      [[0, 31], false],
      [[5, 1, 9], false],
      [[4, 17], true],
    ] as const) {
      const { log, deps, checkpoints } = await world()
      checkpoints.frozen = frozen
      for (const appends of deaths) {
        const dying = { ...deps, log: dyingAfter(log, appends) }
        const import_ = runImport(dying, { path, tenant, mapping }, () => {})
        await expect(import_).rejects.toMatchObject({ code: 'log_failed' })
      }
      const result = await runImport(deps, { path, tenant, mapping }, () => {})
      expect(result).toMatchObject(expected)
      // Not a record more or less than without the kill, and all under one run.
      expect(contents(log).sort()).toEqual(all)
      const runs = new Set(log.all(TOPIC).map(({ value }) => JSON.parse(value!.toString()).run))
      expect([...runs]).toEqual([result.run])
    }
  })

  it('begins anew when the file has changed', async () => {
    const { log, deps, checkpoints } = await world()
    const path = mixedFile('changed.ndjson')
    const import_ = runImport({ ...deps, log: dyingAfter(log, 9) }, { path, tenant, mapping }, () => {})
    await expect(import_).rejects.toBeInstanceOf(ImportError)
    expect(checkpoints.kept.size).toBe(1)
    utimesSync(path, 1, 1)
    const result = await runImport(deps, { path, tenant, mapping }, () => {})
    expect(result.read).toBe(81)
    expect(result.accepted + result.duplicate + result.rejected).toBe(81)
    expect(result.accepted).toBeLessThan(72)
  })

  it('stops when it is told to, and goes on', async () => {
    const { deps } = await world()
    const path = mixedFile('stopped.ndjson')
    const stop = new AbortController()
    const job = { path, tenant, mapping, signal: stop.signal }
    await expect(runImport(deps, job, () => stop.abort())).rejects.toMatchObject({ code: 'import_stopped' })
    expect(await runImport(deps, { path, tenant, mapping }, () => {})).toMatchObject(expected)
  })

  it('waits for a slow log', async () => {
    const { log, deps } = await world()
    let refusals = 5
    const slow: MemoryLog = {
      ...log,
      async append(topic, partition, records) {
        if (refusals-- > 0) throw new LogError('log_slow', 'the queue is full')
        return log.append(topic, partition, records)
      },
    }
    const path = mixedFile('slow.ndjson')
    expect(await runImport({ ...deps, log: slow }, { path, tenant, mapping }, () => {})).toMatchObject(expected)
  })

  it('refuses events of another tenant', async () => {
    const { deps } = await world()
    const path = join(folder, 'foreign.ndjson')
    writeFileSync(
      path,
      `${JSON.stringify({ ...event(1), tenant: 'other' })}\n${JSON.stringify({ ...event(2), tenant: 'acme' })}`,
    )
    const result = await runImport(deps, { path, tenant, mapping }, () => {})
    expect(result).toMatchObject({ read: 2, accepted: 1, rejected: 1, reasons: [{ code: 'tenant_mismatch' }] })
  })

  it('imports an empty file, and tells which file cannot be read', async () => {
    const { deps } = await world()
    const path = join(folder, 'empty.ndjson')
    writeFileSync(path, '')
    expect(await runImport(deps, { path, tenant, mapping }, () => {})).toMatchObject({
      read: 0,
      accepted: 0,
      rejected: 0,
    })
    for (const bad of [folder, join(folder, 'nowhere')]) {
      await expect(runImport(deps, { path: bad, tenant, mapping }, () => {})).rejects.toMatchObject({
        code: 'unreadable_file',
        message: expect.stringContaining(bad),
      })
    }
  })
})

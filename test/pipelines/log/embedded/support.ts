import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type Clock, systemClock } from '../../../../pipelines/clock.ts'
import { type EmbeddedLog, type EmbeddedLogOptions, openEmbeddedLog } from '../../../../pipelines/log/embedded/open.ts'
import type { AppendRecord, Log, LogRecord } from '../../../../pipelines/log/port.ts'

export { diskError, faultyFs } from '../../../support/faulty-fs.ts'

export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'omnify-log-'))
}

/** A folder that goes when the test is over. */
export async function testFolder(): Promise<string> {
  const dir = await temporaryFolder()
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

/** A log that is closed when the test is over. */
export async function testLog(options: Partial<EmbeddedLogOptions> = {}): Promise<EmbeddedLog> {
  const dir = options.dir ?? (options.share === undefined ? await testFolder() : undefined)
  const log = await openEmbeddedLog({ writes: 'all', clock: systemClock, ...options, ...(dir && { dir }) })
  onTestFinished(() => log.close())
  return log
}

export async function topic(log: Log, name = 't', partitions = 1, retention = {}): Promise<string> {
  await log.ensureTopics([{ name, partitions, retention_ms: 86_400_000, retention_bytes: 1e12, ...retention }])
  return name
}

export function records(count: number, bytes = 10, from = 0): AppendRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    key: null,
    value: Buffer.from(String(from + index).padStart(bytes, '.')),
  }))
}

export async function readAll(log: Log, name = 't', partition = 0): Promise<LogRecord[]> {
  const { start, end } = (await log.bounds(name))[partition]!
  const all: LogRecord[] = []
  while (start + all.length < end) {
    const more = await log.read(name, partition, start + all.length, { records_max: 1_000, bytes_max: 1e8, wait_ms: 0 })
    if (more.length === 0) throw new Error(`nothing to read at ${start + all.length}, but the end is ${end}`)
    all.push(...more)
  }
  return all
}

export function numbers(all: readonly LogRecord[]): number[] {
  return all.map((record) => Number(record.value!.toString().replace(/^\.+/, '')))
}

export function count(to: number, from = 0): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}

export function manualClock(now_ms: number): Clock & { now_ms: number } {
  const clock = Object.assign(() => clock.now_ms, { now_ms })
  return clock
}

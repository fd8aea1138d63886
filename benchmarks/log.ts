import { join } from 'node:path'
import { systemClock } from '../pipelines/clock.ts'
import { openEmbeddedLog } from '../pipelines/log/embedded/open.ts'
import type { AppendRecord, Log } from '../pipelines/log/port.ts'
import type { Bench, Benchmark } from './benchmark.ts'
import { liveEvent } from './support/live-event.ts'
import { median } from './support/statistics.ts'

/** The embedded log alone: one fsync per append (or per group of appends that wait together). */
export const log: Benchmark = {
  name: 'log',
  about:
    'embedded log, records of 300 bytes, one partition: appends of 1, 100 and 1,000 one after the other, then reads',
  sizes: { events: 500_000, runs: 3 },
  smoke: { events: 2_000, runs: 1 },
  goals: [],
  shows: ['append_1_per_s', 'append_100_per_s', 'append_1000_per_s', 'append_1_from_64_per_s', 'read_per_s'],
  async run(bench) {
    const opened = await openEmbeddedLog({ dir: join(bench.dir, 'log'), writes: 'all', clock: systemClock })
    try {
      const rates = Array.from({ length: bench.size('runs') }, (_, run) => () => measure(bench, opened, `run-${run}`))
      const runs: Awaited<ReturnType<typeof measure>>[] = []
      for (const rate of rates) runs.push(await rate())
      const names = Object.keys(runs[0]!) as (keyof (typeof runs)[number])[]
      return {
        events: bench.size('events'),
        ...Object.fromEntries(names.map((name) => [name, median(runs.map((one) => one[name]))])),
      }
    } finally {
      await opened.close()
    }
  },
}

async function measure(bench: Bench, opened: Log, topic: string) {
  const events = bench.size('events')
  await opened.ensureTopics([{ name: topic, partitions: 1, retention_ms: 86_400_000, retention_bytes: 20e9 }])
  const records = recordsOf(1_000)
  // A small append costs an fsync, a few hundred µs: fewer of them tell as much.
  const append_1_per_s = await append(bench, opened, topic, records, 1, events / 250, 1)
  const append_1_from_64_per_s = await append(bench, opened, topic, records, 1, events / 25, 64)
  const append_100_per_s = await append(bench, opened, topic, records, 100, events / 2, 1)
  const append_1000_per_s = await append(bench, opened, topic, records, 1_000, events, 1)
  const read_per_s = await readAll(bench, opened, topic)
  return { append_1_per_s, append_1_from_64_per_s, append_100_per_s, append_1000_per_s, read_per_s }
}

/** Records per second of `writers` that each wait for their append before the next. */
async function append(
  bench: Bench,
  opened: Log,
  topic: string,
  records: readonly AppendRecord[],
  a_batch: number,
  count: number,
  writers: number,
): Promise<number> {
  const batch = records.slice(0, a_batch)
  const batches = Math.max(writers, Math.round(count / a_batch))
  let left = batches
  const begun = performance.now()
  const writer = async () => {
    while (left-- > 0) {
      bench.signal.throwIfAborted()
      await opened.append(topic, 0, batch)
    }
  }
  await Promise.all(Array.from({ length: writers }, writer))
  return Math.round((batches * a_batch * 1000) / (performance.now() - begun))
}

async function readAll(bench: Bench, opened: Log, topic: string): Promise<number> {
  const { end, start } = (await opened.bounds(topic))[0]!
  const begun = performance.now()
  let offset = start
  while (offset < end) {
    bench.signal.throwIfAborted()
    const options = { records_max: 10_000, bytes_max: 16_000_000, wait_ms: 1_000 }
    const records = await opened.read(topic, 0, offset, options)
    const last = records.at(-1)
    if (last === undefined) throw new Error(`the log ends at ${offset}, not at ${end}`)
    offset = last.offset + 1
  }
  return Math.round(((end - start) * 1000) / (performance.now() - begun))
}

function recordsOf(count: number): AppendRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    key: Buffer.alloc(16, i),
    value: Buffer.from(liveEvent('log', i, Date.UTC(2026, 0, 1))),
  }))
}

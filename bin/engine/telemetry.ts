import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Counts } from '../../ingest/collector/collector.ts'
import type { Log } from '../../pipelines/log/port.ts'
import type { ThreadBatch } from '../../pipelines/thread/start.ts'
import { TOPICS } from '../../schemas/topics.ts'

/** What the engine tells of itself at `/metrics`: each happening has one place here. */
export type Telemetry = {
  readonly registry: Registry
  /** The collector has answered a request. */
  counted(counts: Counts): void
  /** The pipelines have committed a batch. */
  batch(batch: ThreadBatch): void
  /** From here on the lag of the pipelines, the free disk and the restarts of the store are looked up when asked for. */
  watch(sources: WatchSources): void
}

export type WatchSources = {
  readonly log: Log
  readonly group: string
  readonly diskFree: () => Promise<number>
  readonly storeRestarts: () => number
}

export function makeTelemetry(): Telemetry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'omnify_' })
  const registers = [registry]
  const events = new Counter({
    name: 'omnify_collector_events_total',
    help: 'Events that the collector has judged, by verdict.',
    labelNames: ['verdict'],
    registers,
  })
  const records = new Counter({
    name: 'omnify_pipeline_records_total',
    help: 'Records committed.',
    labelNames: ['partition'],
    registers,
  })
  const rows = new Counter({ name: 'omnify_pipeline_rows_total', help: 'Rows written to the store.', registers })
  const seconds = new Histogram({
    name: 'omnify_pipeline_batch_seconds',
    help: 'From the first record of a batch in hand to its offset committed.',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  })
  return {
    registry,
    counted({ accepted, duplicate, rejected }) {
      events.inc({ verdict: 'accepted' }, accepted)
      events.inc({ verdict: 'duplicate' }, duplicate)
      events.inc({ verdict: 'rejected' }, rejected)
    },
    batch(batch) {
      records.inc({ partition: batch.partition }, batch.records)
      rows.inc(batch.rows)
      seconds.observe(batch.took_ms / 1000)
    },
    watch: (sources) => watch(registry, sources),
  }
}

function watch(registry: Registry, { diskFree, group, log, storeRestarts }: WatchSources): void {
  const registers = [registry]
  new Gauge({
    name: 'omnify_pipeline_lag_events',
    help: 'Records on the log that the facts pipeline has not committed.',
    labelNames: ['partition'],
    registers,
    async collect() {
      const places = await log.groupOffsets(group, TOPICS.events.name)
      for (const [partition, { start, end }] of (await log.bounds(TOPICS.events.name)).entries()) {
        this.set({ partition }, end - Math.max(start, places[partition]?.offset ?? 0))
      }
    },
  })
  new Gauge({
    name: 'omnify_log_disk_free_ratio',
    help: "Share of the log's disk that is free; below 0.05 the collector takes nothing.",
    registers,
    async collect() {
      this.set(await diskFree())
    },
  })
  new Gauge({
    name: 'omnify_store_restarts',
    help: 'How often the embedded store was started again since the engine began.',
    registers,
    collect() {
      this.set(storeRestarts())
    },
  })
}

import type { RunningEngine } from './engine-process.ts'
import { openClient } from './http.ts'
import { rounded } from './statistics.ts'
import { storePidOf, watchUsage } from './usage.ts'

/** What a running engine costs over a stretch of time: cores, memory, and how late its event loop was. */
export async function watchEngine(engine: RunningEngine) {
  const client = openClient(engine.url, engine.key)
  // Reading the page begins a new stretch of its event-loop figures.
  await client.get('/metrics')
  const begun = performance.now()
  const process = watchUsage(async () => engine.pid, { whole: false })
  const store = watchUsage(() => storePidOf(engine.pid), { whole: false })
  return {
    async stop() {
      const seconds = (performance.now() - begun) / 1000
      const [used, used_store] = [process.stop(), store.stop()]
      const page = (await client.get('/metrics')).text
      client.close()
      const lag = (name: string) => rounded(gauge(page, `omnify_nodejs_eventloop_lag_${name}_seconds`) * 1000)
      return {
        cores_engine: rounded(used.cpu_s === null ? null : used.cpu_s / seconds, 2),
        cores_store: rounded(used_store.cpu_s === null ? null : used_store.cpu_s / seconds, 2),
        rss_peak_mb_engine: used.rss_peak_mb,
        rss_peak_mb_store: used_store.rss_peak_mb,
        event_loop_lag: { p50_ms: lag('p50'), p99_ms: lag('p99'), max_ms: lag('max') },
      }
    },
  }
}

function gauge(page: string, name: string): number {
  const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(page)?.[1]
  if (value === undefined) throw new Error(`/metrics has no ${name}`)
  return Number(value)
}

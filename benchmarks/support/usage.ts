import { readdir, readFile } from 'node:fs/promises'

/** CPU seconds so far, and memory that belongs to the process alone (RssAnon: without files that are mapped). */
export type Usage = { readonly cpu_s: number; readonly rss_mb: number }

/** Null where the process is gone, or where there is no /proc (only Linux has it). */
export async function usageOf(pid: number): Promise<Usage | null> {
  try {
    const [stat, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
    ])
    // The name in brackets may hold spaces; utime and stime are the 12th and 13th field behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const anon_kb = Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? 0)
    return { cpu_s: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S, rss_mb: anon_kb / 1024 }
  } catch (error) {
    if (GONE.has((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}

/** `getconf CLK_TCK`: 100 on every Linux that Node runs on. */
const TICKS_PER_S = 100
const GONE = new Set(['ENOENT', 'ESRCH'])

/** The process that holds the embedded store of an engine, or null while there is none. */
export async function storePidOf(engine_pid: number): Promise<number | null> {
  const entries = await readdir('/proc').catch(() => [])
  for (const entry of entries) {
    if (!/^\d+$/.test(entry)) continue
    const [stat, command] = await Promise.all([
      readFile(`/proc/${entry}/stat`, 'utf8').catch(() => ''),
      readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => ''),
    ])
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    if (parent === engine_pid && command.includes('store/embedded/child.ts')) return Number(entry)
  }
  return null
}

export type Watched = {
  /** Nulls where nothing could be sampled. */
  stop(): { readonly cpu_s: number | null; readonly rss_peak_mb: number | null }
}

/**
 * Samples a process (found anew while it is not there) until stopped: the highest memory seen, and the CPU seconds
 * from the first sample to the last, or from the process's own start when `whole`.
 */
export function watchUsage(find: () => Promise<number | null>, options: { readonly whole: boolean }): Watched {
  let pid: number | null = null
  let first: Usage | null = null
  let last: Usage | null = null
  let rss_peak_mb = 0
  let busy = false
  const timer = setInterval(async () => {
    if (busy) return
    busy = true
    pid ??= await find()
    const usage = pid === null ? null : await usageOf(pid)
    if (usage === null) pid = null
    else {
      first ??= usage
      last = usage
      rss_peak_mb = Math.max(rss_peak_mb, usage.rss_mb)
    }
    busy = false
  }, SAMPLE_MS)
  return {
    stop() {
      clearInterval(timer)
      if (first === null || last === null) return { cpu_s: null, rss_peak_mb: null }
      const cpu_s = last.cpu_s - (options.whole ? 0 : first.cpu_s)
      return { cpu_s: Number(cpu_s.toFixed(2)), rss_peak_mb: Math.round(rss_peak_mb) }
    },
  }
}

const SAMPLE_MS = 50

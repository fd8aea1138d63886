import { TOPICS } from '../../schemas/topics.ts'
import { type Checkpoint, checkpointKey, identifyFile, readCheckpoint } from './checkpoint.ts'
import type { ImportDeps, ImportJob, ImportProgress, ImportResult } from './job.ts'
import { LIMITS } from './limits.ts'
import { settingsOf } from './mapping/compile.ts'
import { outcomeOf } from './outcome.ts'
import type { Work } from './thread/work.ts'
import { sendFile } from './write/send-file.ts'
import { readTail, type Tail } from './write/tail.ts'

/**
 * Imports one file and resolves when everything in it can be queried. It may be stopped at any moment, by `kill -9`
 * too, and called again: it goes on behind what is durable, under the same run. Doing it twice adds nothing.
 *
 * @throws ImportError `unreadable_file`, `mapping_mismatch`, `too_many_lines`, `log_failed`, `import_stopped`
 */
export async function runImport(
  deps: ImportDeps,
  job: ImportJob,
  onProgress: (progress: ImportProgress) => void,
): Promise<ImportResult> {
  const { log, store, clock, checkpoints } = deps
  const { mapping, tenant } = job
  const file = await identifyFile(job.path)
  const partitions = await log.partitions(TOPIC)
  const settings = settingsOf(mapping, tenant, job)
  const key = checkpointKey(file, [tenant.name, tenant.zone, mapping, settings])
  const saved = readCheckpoint(await checkpoints.get(key), file, partitions)
  const checkpoint = saved ?? (await newCheckpoint(deps, file))
  const { run } = checkpoint
  // Saved before anything is sent, so that even the first batch is found again under its run.
  if (saved === undefined) await checkpoints.set(key, JSON.stringify(checkpoint))
  const tail: Tail =
    saved === undefined
      ? { events: new Array<number>(partitions).fill(0), rejects: new Set(), ends: checkpoint.ends }
      : await readTail(log, TOPIC, checkpoint.ends, run)

  const work: Work = {
    path: job.path,
    mapping,
    settings,
    context: { tenant: tenant.name, zone: tenant.zone, now_ms: clock() },
    run,
    partitions,
    from: checkpoint.place,
    skip: tail.events,
    chunk_bytes: deps.sizes?.chunk_bytes ?? LIMITS.chunk_bytes,
    batch_bytes: deps.sizes?.batch_bytes ?? LIMITS.batch_bytes,
  }
  const started_ms = clock()
  const linesBefore = checkpoint.place?.lines ?? 0
  const report = (phase: ImportProgress['phase'], lines: number, bytes: number) => {
    const seconds = Math.max(clock() - started_ms, 1) / 1000
    onProgress({ bytes, bytes_total: file.size, lines, rate: (lines - linesBefore) / seconds, phase })
  }
  const sent = await sendFile(deps, TOPIC, work, tail, job.signal, {
    durable: (place, file_bytes) => report('sending', place.lines, file_bytes),
    checkpoint: (place, ends) => {
      const next: Checkpoint = { version: 1, file, run, place, ends }
      return checkpoints.set(key, JSON.stringify(next))
    },
  })
  report('waiting', sent.place.lines, file.size)
  await deps.waitVisible(sent.ends)
  const { accepted, conflicts, orphaned } = await outcomeOf(store, tenant.name, run)
  await checkpoints.delete(key)

  const { read } = sent.place
  const rejected = sent.place.rejected + conflicts
  const duplicate = read - accepted - rejected
  if (duplicate < 0) throw new Error(`run ${run}: ${accepted} accepted and ${rejected} rejected of ${read} read`)
  return { run, read, accepted, duplicate, rejected, orphaned, reasons: sent.reasons }
}

const TOPIC = TOPICS.events.name

async function newCheckpoint(deps: ImportDeps, file: Checkpoint['file']): Promise<Checkpoint> {
  const bounds = await deps.log.bounds(TOPIC)
  const run = `import_${deps.random(12).toString('hex')}`
  return { version: 1, file, run, ends: bounds.map(({ end }) => end) }
}

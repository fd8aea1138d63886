import { resolve } from 'node:path'
import { addCounts, type ImportProgress, type ImportResult } from '../../ingest/importer/job.ts'
import { progressBar } from '../../ingest/importer/progress.ts'
import { systemClock } from '../../pipelines/clock.ts'
import type { CommandContext } from '../command.ts'
import { callEngine } from '../engine/call.ts'
import { type ImportRequest, importInto } from '../engine/import.ts'
import { runningEngine } from '../engine/running.ts'
import { withEngine } from '../engine/with-engine.ts'
import { requiredText, text } from '../flags.ts'

/**
 * `omnify import FILE… --mapping NAME|PATH --tenant T`. Streams through the running engine of this home, or starts one
 * for as long as it takes; returns when the rows can be queried. The last line of stdout has the counts of all files.
 */
export async function run(context: CommandContext): Promise<number> {
  const { args, config, flags, signal, stderr, stdout } = context
  const mapping = requiredText(flags, 'mapping')
  const shared = {
    mapping: mapping.includes('/') || mapping.endsWith('.json') ? resolve(mapping) : mapping,
    tenant: text(flags, 'tenant') ?? 'demo',
    ...optional('currency', text(flags, 'currency')),
    ...optional('zone', text(flags, 'zone')),
  }
  const jobs: ImportRequest[] = args.map((path) => ({ path: resolve(path), ...shared }))

  const importAll = async (
    one: (job: ImportRequest, onProgress: (p: ImportProgress) => void) => Promise<ImportResult>,
  ) => {
    const results: ImportResult[] = []
    for (const [n, job] of jobs.entries()) {
      const bar = progressBar(stderr, args[n]!, systemClock)
      try {
        results.push(await one(job, (progress) => bar.update(progress)))
      } finally {
        bar.end()
      }
      for (const { code, count, path, reason } of results.at(-1)!.reasons) {
        stderr.write(`${args[n]}: ${count} rejected: ${code} at ${path || 'the line'} (${reason})\n`)
      }
    }
    return results
  }

  const engine = await runningEngine(config.home)
  const results =
    engine === undefined
      ? await withEngine(context, (started) =>
          importAll((job, onProgress) => importInto(started, job, onProgress, signal)),
        )
      : await importAll((job, onProgress) => callEngine<ImportResult>(engine, '/v1/imports', job, onProgress, signal))
  stdout.write(`${JSON.stringify(addCounts(results))}\n`)
  return 0
}

function optional<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, string>)
}

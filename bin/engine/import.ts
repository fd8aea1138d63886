import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Checkpoints } from '../../ingest/importer/checkpoint.ts'
import type { ImportProgress, ImportResult } from '../../ingest/importer/job.ts'
import { loadMapping } from '../../ingest/importer/mapping/load.ts'
import { runImport } from '../../ingest/importer/run-import.ts'
import { systemClock, systemRandomBytes } from '../../pipelines/clock.ts'
import type { Engine } from './engine.ts'

/** One file to import; the path is absolute and of this machine. */
export type ImportRequest = {
  readonly path: string
  readonly mapping: string
  readonly tenant: string
  readonly currency?: string
  readonly zone?: string
}

/** Imports a file through a running engine and resolves when everything in it can be queried. */
export async function importInto(
  engine: Engine,
  request: ImportRequest,
  onProgress: (progress: ImportProgress) => void,
  signal: AbortSignal,
): Promise<ImportResult> {
  const tenant = await engine.tenants.get(request.tenant)
  if (tenant === undefined) throw new Error(`there is no tenant ${request.tenant}; add it with: omnify tenants add`)
  const { log, store, vault } = engine
  return runImport(
    {
      log,
      store,
      vault,
      checkpoints: fileCheckpoints(join(engine.config.home, 'imports')),
      clock: systemClock,
      random: systemRandomBytes,
      waitVisible: (ends) => engine.visible(ends),
    },
    {
      path: request.path,
      mapping: await loadMapping(request.mapping),
      tenant,
      currency: request.currency,
      zone: request.zone,
      signal,
    },
    onProgress,
  )
}

/** Checkpoints as small files; a rename makes each write whole. */
function fileCheckpoints(dir: string): Checkpoints {
  const fileOf = (key: string) => join(dir, `${encodeURIComponent(key)}.json`)
  return {
    async get(key) {
      return readFile(fileOf(key), 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined
        throw error
      })
    },
    async set(key, value) {
      await mkdir(dir, { recursive: true, mode: 0o700 })
      await writeFile(`${fileOf(key)}.new`, value)
      await rename(`${fileOf(key)}.new`, fileOf(key))
    },
    delete: (key) => rm(fileOf(key), { force: true }),
  }
}

import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** The folder of package.json. */
export const PROJECT = join(import.meta.dirname, '../..')

/** What a figure was measured on: nothing that names the machine or its owner. */
export async function machine() {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory_gb: Math.round(totalmem() / 2 ** 30),
    temporary_folder: await fileSystemOf(tmpdir()),
    node: process.versions.node,
    chdb: await versionOf('chdb'),
    lmdb: await versionOf('lmdb'),
    kafkajs: await versionOf('kafkajs'),
  }
}

/** The commit that was measured, and whether the sources differ from it. Nulls outside of a repository. */
export async function commitOf(): Promise<{ commit: string | null; uncommitted: boolean | null }> {
  try {
    const git = async (...args: string[]) => (await promisify(execFile)('git', args, { cwd: PROJECT })).stdout.trim()
    const changed = await git('status', '--porcelain', '--', ...SOURCES)
    return { commit: await git('rev-parse', 'HEAD'), uncommitted: changed !== '' }
  } catch {
    // A copy without its history can be measured too.
    return { commit: null, uncommitted: null }
  }
}

/** What a figure depends on. A result that was just written is no change. */
const SOURCES = [
  'schemas',
  'models',
  'pipelines',
  'ingest',
  'query-api',
  'bin',
  'package-lock.json',
  'benchmarks',
  ':!benchmarks/results',
  ':!benchmarks/README.md',
]

async function versionOf(name: string): Promise<string> {
  return JSON.parse(await readFile(join(PROJECT, 'node_modules', name, 'package.json'), 'utf8')).version
}

/** `ext4`, `tmpfs`, …: on the latter an fsync costs nothing. */
async function fileSystemOf(folder: string): Promise<string> {
  const mounts = await readFile('/proc/mounts', 'utf8').catch(() => '')
  let best = { at: '', type: 'unknown' }
  for (const line of mounts.split('\n')) {
    const [, at = '', type = ''] = line.split(' ')
    const holds = at === '/' || folder === at || folder.startsWith(`${at}/`)
    if (holds && at.length >= best.at.length && at !== '') best = { at, type }
  }
  return best.type
}

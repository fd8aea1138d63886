import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PROJECT } from './machine.ts'

/**
 * Shares of the time that was worked, by stage, from the profiles that `node --cpu-prof` left in a folder, one for each thread: what each
 * folder of the project's code spent itself, what packages and Node's own code did, and garbage collection.
 */
export async function sharesByStage(folder: string): Promise<ReadonlyMap<string, number>> {
  const stages = new Map<string, number>()
  for (const file of await readdir(folder)) {
    const profile = JSON.parse(await readFile(join(folder, file), 'utf8')) as Profile
    const stage_of = new Map(profile.nodes.map(({ callFrame, id }) => [id, stageOf(callFrame)]))
    for (const [n, id] of profile.samples.entries()) {
      const stage = stage_of.get(id)!
      if (stage === null) continue
      stages.set(stage, (stages.get(stage) ?? 0) + profile.timeDeltas[n]!)
    }
  }
  const total = [...stages.values()].reduce((sum, time) => sum + time, 0)
  return new Map([...stages].sort(([, a], [, b]) => b - a).map(([stage, time]) => [stage, time / total]))
}

/** V8's format: a sample names a node, and lasted as long as its delta says, in µs. */
type Profile = {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}
type CallFrame = { readonly functionName: string; readonly url: string }

/** `pipelines/windows`, `node_modules/lmdb`, …; null for a thread that had nothing to do. */
function stageOf({ functionName, url }: CallFrame): string | null {
  if (functionName === '(idle)' || functionName === '(root)') return null
  if (functionName === '(garbage collector)') return 'garbage collection'
  const path = url.replace(`file://${PROJECT}/`, '')
  if (path.startsWith('node_modules/')) return /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)![0]
  if (path === url) return 'Node and native code'
  const folders = path.split('/').slice(0, -1)
  return folders.length === 0 ? path : folders.slice(0, 2).join('/')
}

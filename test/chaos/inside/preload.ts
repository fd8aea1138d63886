/**
 * Loaded before the engine (`node --import`), in each of its threads: puts a stand-in for four modules, so that clock,
 * disk and the way to the store can fail in an engine that is started just as its users start it. The product has no
 * hook for this and knows nothing of it.
 */

import { registerHooks } from 'node:module'

const at = (path: string) => new URL(path, import.meta.url).href

const STAND_INS: ReadonlyMap<string, string> = new Map([
  [at('../../../pipelines/clock.ts'), at('./clock.ts')],
  [at('../../../pipelines/log/embedded/fs.ts'), at('./fs.ts')],
  [at('../../../pipelines/log/kafka/options.ts'), at('./kafka-options.ts')],
  [at('../../../pipelines/store/embedded/supervisor.ts'), at('./supervisor.ts')],
])
const OURS = new Set([...STAND_INS.values(), at('../../support/faulty-fs.ts')])

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    const standIn = STAND_INS.get(found.url)
    // What stands in is made of the real thing.
    if (standIn === undefined || OURS.has(context.parentURL ?? '')) return found
    return { ...found, url: standIn }
  },
})

import { setTimeout as sleep } from 'node:timers/promises'
import { isBehind } from '../forecast/behind.ts'
import { runAlone } from '../stages/alone.ts'
import type { Stage, StageDeps } from '../stages/stage.ts'
import { type MaturedBatch, readMatured, readNewest } from './batches.ts'
import { scoreBatch } from './score-batch.ts'
import type { TruthSource } from './truth.ts'

export type EvaluateOptions = {
  /** Between two looks at what has matured. */
  readonly poll_ms: number
  /** How often what was scored is looked at again, for truths that changed. */
  readonly again_ms: number
}

const DEFAULTS: EvaluateOptions = { poll_ms: 30_000, again_ms: 600_000 }

/** Scores what has matured, by the time of the events; again where late ones have changed a truth. */
export function evaluateStage(sources: readonly TruthSource[], options: Partial<EvaluateOptions> = {}): Stage {
  return {
    name: 'evaluate',
    run: (deps, signal) => {
      const work = async (held: AbortSignal) => {
        try {
          await evaluate(deps, sources, { ...DEFAULTS, ...options }, held)
        } catch (error) {
          if (!held.aborted) throw error
        }
      }
      return runAlone(deps.log, 'evaluate', work, signal)
    },
  }
}

async function evaluate(
  deps: StageDeps,
  sources: readonly TruthSource[],
  { again_ms, poll_ms }: EvaluateOptions,
  signal: AbortSignal,
): Promise<void> {
  /** Batches that were looked at since the start, by the truth that they were scored with. */
  const known = new Map<string, bigint>()
  let again_at_ms = 0
  while (!signal.aborted) {
    if (!(await isBehind(deps.log))) {
      const is_again = deps.steady() >= again_at_ms
      if (is_again) again_at_ms = deps.steady() + again_ms
      const newest_ms = await readNewest(deps.store)
      for (const source of sources) await evaluateModel(deps, source, newest_ms, known, is_again, signal)
    }
    await sleep(poll_ms, undefined, { signal }).catch(() => undefined)
  }
}

async function evaluateModel(
  { logger, store }: StageDeps,
  source: TruthSource,
  newest_ms: number,
  known: Map<string, bigint>,
  is_again: boolean,
  signal: AbortSignal,
): Promise<void> {
  const watermarkOf = await source.watermarks(store)
  const matured = await readMatured(store, source.model, newest_ms)
  const due = matured.filter((batch) => {
    const read_ms = watermarkOf(batch)
    return read_ms !== undefined && read_ms >= batch.matures_ms && (is_again || !known.has(keyOf(batch)))
  })
  if (due.length === 0) return
  const hashes = await source.hashes(store, due, signal)
  let scored = 0
  for (const [at, batch] of due.entries()) {
    signal.throwIfAborted()
    const hash = hashes[at]!
    const is_whole = batch.truth_hash === hash && batch.scores >= batch.forecasts
    if (!is_whole && known.get(keyOf(batch)) !== hash) {
      scored += await scoreBatch(store, source, batch, hash, watermarkOf(batch)!, signal)
    }
    known.set(keyOf(batch), hash)
  }
  if (scored > 0) logger.info(`${source.model}: ${scored} forecasts scored`)
}

function keyOf({ currency, edition, horizon_days, model, origin, scope, tenant }: MaturedBatch): string {
  return [tenant, model, scope, currency, origin, horizon_days, edition].join('\0')
}

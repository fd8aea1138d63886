import type { Clock } from '../clock.ts'
import { FencedError } from '../runner/errors.ts'
import { raiseGeneration, type Writer } from '../runner/fence.ts'
import { StoreError } from '../store/client.ts'
import type { ApplyDeps } from './apply.ts'
import { finishRebuild } from './settle.ts'
import { dropStaging } from './staging.ts'
import { openRebuilds, type Scope } from './standing.ts'

export type FinishDeps = ApplyDeps & {
  readonly scope: Scope
  readonly clock: Clock
  readonly sleep: (ms: number) => Promise<void>
  readonly newId: () => string
  readonly onStep?: (step: { readonly step: 'applied' }) => void
}

/**
 * Finishes what was decided and not applied, whoever began it. Where this process is alone with its store, whoever
 * began a rebuild is dead: what was not decided is released too, and what lies beside the live tables removed. So it is
 * called before anything is read or written at a start.
 *
 * @param only release this one, decided or not
 */
export async function finishOpenRebuilds(
  deps: FinishDeps,
  { isAlone, only }: { readonly isAlone: boolean; readonly only?: string },
): Promise<void> {
  const { clock, newId, scope, sleep, store } = deps
  const isForUs = (id: string, steps: readonly string[]) =>
    !steps.includes('applied') && (steps.includes('decided') || isAlone || id === only)
  for (const { id, partition, steps } of await openRebuilds(store, scope)) {
    if (!isForUs(id, steps)) continue
    const writer: Writer = { ...scope, partition, name: newId() }
    const generation = await raiseGeneration(store, writer, { clock, sleep, patience_ms: FENCE_PATIENCE_MS })
    // Its writer may have come before us and have done it.
    const now = (await openRebuilds(store, scope, partition)).find((standing) => standing.id === id)
    if (now === undefined || now.steps.includes('applied')) continue
    try {
      if (await finishRebuild(deps, writer, generation, now)) deps.onStep?.({ step: 'applied' })
    } catch (error) {
      // The partition's writer was quicker: it finishes it before it does anything else.
      if (!(error instanceof FencedError)) throw error
    }
  }
  if (isAlone) await dropStaging(store)
}

/** The end of a rebuild: applies it where it was decided, else makes sure that it never will be. */
export async function conclude(deps: FinishDeps, id: string): Promise<void> {
  const { clock, scope, sleep, store } = deps
  const begun = clock()
  for (;;) {
    try {
      await finishOpenRebuilds(deps, { isAlone: false, only: id })
      const open = await openRebuilds(store, scope)
      if (open.every((standing) => standing.id !== id || standing.steps.includes('applied'))) return
    } catch (error) {
      // Its own child is started again within seconds. Beyond that the writers finish it, or the next start.
      const passes = error instanceof StoreError && error.retryable
      if (!passes || clock() - begun > CONCLUDE_MS) throw error
    }
    await sleep(CONCLUDE_POLL_MS)
  }
}

const FENCE_PATIENCE_MS = 10_000
const CONCLUDE_MS = 60_000
const CONCLUDE_POLL_MS = 200

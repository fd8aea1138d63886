import { TOPICS } from '../../schemas/topics.ts'
import { Blocks } from '../facts/blocks.ts'
import { versionOf } from '../facts/version.ts'
import { FencedError } from '../runner/errors.ts'
import { fencedInsert, isNewest, type Writer } from '../runner/fence.ts'
import type { Waiting } from '../runner/stage.ts'
import type { Store } from '../store/client.ts'
import { windowChanges, windowRows } from '../windows/rows.ts'
import { type ApplyDeps, applyRebuild } from './apply.ts'
import { addSuperseded, chunksTouched } from './pages.ts'
import { recompute } from './recompute.ts'
import { createSuperseded, supersededTable } from './staging.ts'
import { mark, openRebuilds, type Scope, type Standing } from './standing.ts'

/**
 * Waits while a rebuild asks the writers of a partition to, so that it need not begin again; but not longer than its
 * patience: nothing depends on it.
 */
export async function waitForRebuild(
  store: Store,
  scope: Scope,
  partition: number,
  { clock, sleep }: Waiting,
): Promise<void> {
  const begun = clock()
  while (clock() - begun < PATIENCE_MS) {
    const standing = await openRebuilds(store, scope, partition)
    if (standing.every(({ steps }) => steps.includes('applied'))) return
    await sleep(POLL_MS)
  }
}

/**
 * What a writer does about rebuilds after it has raised its generation and before it reads any window: a decided one is
 * applied if nobody did yet, one that was not decided can never be, and is released.
 *
 * @param committed where the log says that this writer begins
 * @throws FencedError
 */
export async function settleRebuilds(
  deps: ApplyDeps,
  writer: Writer,
  generation: number,
  committed: number,
): Promise<void> {
  for (const standing of await openRebuilds(deps.store, writer, writer.partition)) {
    if (!(await finishRebuild(deps, writer, generation, standing))) continue
    // The writer before us was fenced between its inserts and its commit: what it had inserted was counted as not there.
    if (committed > standing.as_of) await mend(deps, writer, generation, standing, committed)
    await mark(deps.store, writer, standing, 'settled')
  }
}

/** @returns false where it was not decided, and is released */
export async function finishRebuild(
  deps: ApplyDeps,
  writer: Writer,
  generation: number,
  standing: Standing,
): Promise<boolean> {
  const { steps } = standing
  if (!steps.includes('decided')) {
    await mark(deps.store, writer, standing, 'released')
    return false
  }
  if (!steps.includes('applied')) await applyRebuild(deps, writer, generation, standing)
  return true
}

/** Recomputes the pages of records that were committed after the rebuild had looked. */
async function mend(
  { emit, store }: ApplyDeps,
  writer: Writer,
  generation: number,
  { as_of, id }: Standing,
  committed: number,
): Promise<void> {
  const { partition, topic } = writer
  const version = versionOf(generation, committed)
  const mending = `${id}_mend_${partition}_${generation}`
  const superseded = supersededTable(mending)
  await createSuperseded(store, mending)
  try {
    await addSuperseded(store, superseded, topic, { partition, from: 0, to: committed })
    for (const chunk of await chunksTouched(store, topic, { partition, from: as_of, to: committed, from_day: 0 })) {
      const { pages } = await recompute(store, chunk, { topic, superseded, as_of: committed, today: 0 })
      const blocks = new Blocks()
      for (const { page } of pages) for (let cell = 0; cell < page.size; cell++) page.dirty.push(cell)
      const all = pages.map(({ page }) => page).filter(({ size }) => size > 0)
      windowRows(all, partition, version, committed, (table) => blocks.buildersOf(table))
      for (const { body, table } of blocks.finish()) {
        await store.insertNative(fencedInsert(writer, table.name, table.columns), body)
      }
      const records = windowChanges(all, partition, version)
      await emit({ topic: CHANGES, partition: 0, records })
    }
    if (!(await isNewest(store, writer))) throw new FencedError(writer)
  } finally {
    await store.command(`DROP TABLE IF EXISTS ${superseded}`)
  }
}

const POLL_MS = 100
const PATIENCE_MS = 30_000
const CHANGES = TOPICS.window_changes.name

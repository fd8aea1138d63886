import { DAY_MS } from '../../schemas/zone.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log/port.ts'
import { raiseGeneration, type Writer } from '../runner/fence.ts'
import type { ApplyDeps } from './apply.ts'
import { addSuperseded, type Chunk, chunksFrom, chunksTouched } from './pages.ts'
import { recompute } from './recompute.ts'
import { conclude, finishOpenRebuilds } from './recover.ts'
import { Differences, isDifferent, type TableDifference } from './report.ts'
import { createStaging, createSuperseded, dropStaging, renameStaging, stage, supersededTable } from './staging.ts'
import { decide, holdWriters, openRebuilds, type Scope } from './standing.ts'

export type RebuildRequest = {
  /** Every window from this local day on, days since 1970. */
  readonly from_day: number
  /** Only say what would change. */
  readonly dry_run: boolean
}

export type RebuildReport = {
  readonly pipeline: string
  readonly from: string
  readonly dry_run: boolean
  /** Whether anything was put in place of what was there. */
  readonly swapped: boolean
  /** By partition: every record before this offset was looked at. */
  readonly as_of: readonly number[]
  readonly facts: number
  readonly pages: number
  readonly tables: Readonly<Record<string, TableDifference>>
}

export type RebuildDeps = ApplyDeps & {
  readonly log: Log
  readonly scope: Scope
  /** The consumer group of the pipeline's writers. */
  readonly group: string
  /** Measures waits. */
  readonly clock: Clock
  /** The time of day, for windows that are kept for some days only. */
  readonly now: Clock
  readonly sleep: (ms: number) => Promise<void>
  readonly newId: () => string
  readonly signal: AbortSignal
  /** Told when a step is done, and what is done of a long one. */
  readonly onStep: (step: RebuildStep) => void
}

export type RebuildStep = {
  readonly step: 'begun' | 'recomputing' | 'staged' | 'held' | 'caught up' | 'decided' | 'applied' | 'done'
  readonly chunks?: number
  readonly of?: number
}

/**
 * Recomputes the windows of a pipeline from its facts, beside the live tables, and swaps what differs in.
 *
 * The facts are recomputed as of the committed offsets while the pipeline goes on; then its writers are fenced, the
 * few pages that changed meanwhile are recomputed, and one insert decides. Before that insert nothing has changed; after
 * it whoever comes first (this process, the writers when they begin again, the next start) finishes the work. So a
 * crash leaves the old rows or the new ones. Events go on being accepted; the log has them while the writers wait.
 */
export async function rebuildWindows(deps: RebuildDeps, request: RebuildRequest): Promise<RebuildReport> {
  const { onStep, store } = deps
  await finishOpenRebuilds(deps, { isAlone: false })
  const work = new Work(deps, request)
  let swapped = false
  try {
    await createStaging(store, work.id)
    await createSuperseded(store, work.id)
    onStep({ step: 'begun' })
    await work.recomputeAll()
    onStep({ step: 'staged' })
    for (let tries = 1; !request.dry_run && !swapped && (tries === 1 || work.differs); tries++) {
      if (tries > TRIES)
        throw new Error('the writers of the pipeline did not wait for the rebuild; nothing was changed')
      if (tries > 1) await work.takeNewId()
      swapped = await work.swap()
    }
  } finally {
    // Also after an error: the decision may have been taken although its answer was lost.
    await conclude(deps, work.id)
    for (const each of work.ids) await dropStaging(store, each)
  }
  onStep({ step: 'done' })
  return work.report(swapped)
}

class Work {
  private readonly deps: RebuildDeps
  private readonly request: RebuildRequest
  /** Every name that it has had. */
  readonly ids: string[]
  private readonly differences = new Differences()
  private as_of: readonly number[] = []
  private facts = 0
  private pages = 0
  private pass = 0

  constructor(deps: RebuildDeps, request: RebuildRequest) {
    this.deps = deps
    this.request = request
    this.ids = [deps.newId()]
  }

  get id(): string {
    return this.ids.at(-1)!
  }

  get differs(): boolean {
    return this.differences.size > 0
  }

  /** One that was released stays so, whatever is said of it later: another try needs another name. */
  async takeNewId(): Promise<void> {
    const next = this.deps.newId()
    await renameStaging(this.deps.store, this.id, next)
    this.ids.push(next)
  }

  /** Everything, as of what is committed now. */
  async recomputeAll(): Promise<void> {
    const { scope, store } = this.deps
    const to = await this.committed()
    for (const [partition, offset] of to.entries()) {
      await addSuperseded(store, supersededTable(this.id), scope.topic, { partition, from: 0, to: offset })
    }
    this.as_of = to
    await this.recomputeChunks(await chunksFrom(store, scope.topic, this.request.from_day), false)
  }

  /**
   * Keeps the writers out, catches up with them and decides.
   *
   * @returns whether it was decided; not so when nothing differs, or a writer came back too early
   */
  async swap(): Promise<boolean> {
    const { clock, newId, onStep, scope, signal, sleep, store } = this.deps
    await holdWriters(store, scope, this.id, this.as_of.length)
    const fence = { clock, sleep, patience_ms: FENCE_PATIENCE_MS }
    const writers: { writer: Writer; generation: number }[] = []
    for (const partition of this.as_of.keys()) {
      const writer: Writer = { ...scope, partition, name: newId() }
      writers.push({ writer, generation: await raiseGeneration(store, writer, fence) })
    }
    onStep({ step: 'held' })
    await this.catchUp()
    onStep({ step: 'caught up' })
    signal.throwIfAborted()
    if (this.differs) {
      this.checkVersions(writers.map(({ generation }) => generation))
      await decide(
        store,
        scope,
        this.id,
        writers.map((each, partition) => ({ ...each, as_of: this.as_of[partition]! })),
      )
    }
    const mine = (await openRebuilds(store, scope)).filter(({ id }) => id === this.id)
    const isDecided = mine.some(({ steps }) => steps.includes('decided'))
    if (isDecided) onStep({ step: 'decided' })
    // Nothing to swap: the writers need not wait any longer.
    else await finishOpenRebuilds(this.deps, { isAlone: false, only: this.id })
    return isDecided
  }

  report(swapped: boolean): RebuildReport {
    const { dry_run, from_day } = this.request
    return {
      pipeline: this.deps.scope.pipeline,
      from: new Date(from_day * DAY_MS).toISOString().slice(0, 10),
      dry_run,
      swapped,
      as_of: this.as_of,
      facts: this.facts,
      pages: this.pages,
      tables: this.differences.tables(),
    }
  }

  /** What the writers did since: no writer is the newest now, so nothing new comes. */
  private async catchUp(): Promise<void> {
    const { scope, store } = this.deps
    const to = await this.committed()
    const touched: Chunk[] = []
    for (const [partition, offset] of to.entries()) {
      const range = { partition, from: this.as_of[partition]!, to: offset }
      await addSuperseded(store, supersededTable(this.id), scope.topic, range)
      touched.push(...(await chunksTouched(store, scope.topic, { ...range, from_day: this.request.from_day })))
    }
    this.as_of = to
    await this.recomputeChunks(touched, true)
  }

  /** @param whole stage every cell, not only what differs: an earlier pass may have staged it otherwise */
  private async recomputeChunks(chunks: readonly Chunk[], whole: boolean): Promise<void> {
    const { now, onStep, scope, signal, store } = this.deps
    const pass = ++this.pass
    const today = Math.floor(now() / DAY_MS)
    for (const [n, chunk] of chunks.entries()) {
      signal.throwIfAborted()
      const as_of = this.as_of[chunk.partition]!
      const superseded = supersededTable(this.id)
      const { facts, pages } = await recompute(store, chunk, { topic: scope.topic, superseded, as_of, today })
      for (const recomputed of pages) {
        this.differences.see(chunk.partition, recomputed)
        const { cells, page } = recomputed
        for (const [cell, pair] of cells.entries()) {
          if (whole || pair.isAhead || isDifferent(pair)) page.dirty.push(cell)
        }
      }
      if (!this.request.dry_run) {
        const all = pages.map(({ page }) => page)
        await stage(store, this.id, all, { as_of, partition: chunk.partition, pass })
      }
      if (!whole) {
        this.facts += facts
        this.pages += chunk.days.length
      }
      onStep({ step: 'recomputing', chunks: n + 1, of: chunks.length })
    }
  }

  /** A row whose version is beyond that of its partition's writers would stay on top of ours. */
  private checkVersions(generations: readonly number[]): void {
    for (const [partition, version] of this.differences.versions) {
      if (version >> 40n < BigInt(generations[partition]!)) continue
      throw new Error(
        `a wrong window row of partition ${partition} has version ${version}, which no writer has reached: ` +
          'delete that row, then rebuild again',
      )
    }
  }

  private async committed(): Promise<number[]> {
    const { group, log, scope } = this.deps
    return (await log.groupOffsets(group, scope.topic)).map(({ offset }) => Math.max(0, offset))
  }
}

const TRIES = 5
const FENCE_PATIENCE_MS = 10_000

import { setTimeout as sleep } from 'node:timers/promises'
import { TOPICS } from '../../schemas/topics.ts'
import { type Feed, heldOffset, openFeed } from '../feed/feed.ts'
import { isBehind } from '../forecast/behind.ts'
import { LogError } from '../log/port.ts'
import { FencedError } from '../runner/errors.ts'
import { holdPartitions } from '../stages/hold-partitions.ts'
import type { Stage, StageDeps } from '../stages/stage.ts'
import { readMarks } from './marks.ts'
import { readRules } from './settings.ts'
import { openWork, type Work } from './work.ts'

export type RulesOptions = {
  /** Between two looks, while windows change. */
  readonly pause_ms?: number
}

/** Judges the users' threshold rules whenever a bucket closes, and tells of what they say as of any other alert. */
export function rulesStage({ pause_ms = PAUSE_MS }: RulesOptions = {}): Stage {
  return {
    name: 'rules',
    run: (deps, signal) =>
      holdPartitions(
        deps.log,
        GROUP,
        TOPICS.alert_commands.name,
        (_partition, held) => follow(deps, pause_ms, held),
        signal,
      ),
  }
}

async function follow(deps: StageDeps, pause_ms: number, signal: AbortSignal): Promise<void> {
  try {
    await judgeAll(deps, pause_ms, signal)
  } catch (error) {
    // Somebody else judges now; should that end, the stage is run anew after its pause.
    if (error instanceof FencedError) throw new LogError('fenced', error.message, { cause: error })
    throw error
  }
}

async function judgeAll(deps: StageDeps, pause_ms: number, signal: AbortSignal): Promise<void> {
  const { log, steady } = deps
  await caughtUp(deps, signal)
  if (signal.aborted) return
  const [commands, changes] = [TOPICS.alert_commands.name, TOPICS.window_changes.name]
  const feeds = { commands: openFeed(log, commands, 0), changes: openFeed(log, changes, 0) }
  await somethingToDo(deps, feeds.commands, signal)
  if (signal.aborted) return
  const work = await openWork(deps)
  let next_change = await heldOffset(log, changes, 0, Number.POSITIVE_INFINITY)
  let saved_ms = steady()
  await work.look('all')
  while (!signal.aborted) {
    const next_command = await heldOffset(log, commands, 0, work.next_command)
    const [said, changed] = await either(feeds, { next_command, next_change }, work, signal)
    if (signal.aborted) break
    await work.obey(said)
    next_change = changed.at(-1) === undefined ? next_change : changed.at(-1)!.offset + 1
    await caughtUp(deps, signal)
    await work.look(said.length > 0 ? 'all' : new Set(changed.map(({ key }) => key)))
    if (steady() - saved_ms > SAVE_MS && work.hasRules()) {
      await work.save()
      saved_ms = steady()
    }
    // While windows change all the time, many changes are one look.
    if (said.length === 0) await sleep(pause_ms, undefined, { signal }).catch(() => undefined)
  }
  if (work.hasRules()) await work.save()
}

/** What users said or what changed, whichever is first. Without a rule nobody looks at changes. */
async function either(
  { changes, commands }: { readonly commands: Feed; readonly changes: Feed },
  { next_change, next_command }: { readonly next_command: number; readonly next_change: number },
  work: Work,
  signal: AbortSignal,
) {
  if (!work.hasRules()) return [await commands.read(next_command, WAIT_MS, signal), []] as const
  const enough = new AbortController()
  const until = AbortSignal.any([signal, enough.signal])
  const reads = [commands.read(next_command, WAIT_MS, until), changes.read(next_change, WAIT_MS, until)] as const
  await Promise.race(reads)
  enough.abort()
  return Promise.all(reads)
}

/** Most engines have no rule, and pay for the stage with two questions at their start. */
async function somethingToDo({ log, store }: StageDeps, commands: Feed, signal: AbortSignal): Promise<void> {
  if ((await readRules(store)).length > 0) return
  const marks = await readMarks(store)
  const next = await heldOffset(log, TOPICS.alert_commands.name, 0, marks.commands)
  while (!signal.aborted && (await commands.read(next, WAIT_MS, signal)).length === 0);
}

/** During a backfill the present is not there yet, and the processor has better things to do. */
async function caughtUp({ log }: StageDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await isBehind(log))) await sleep(BEHIND_MS, undefined, { signal }).catch(() => undefined)
}

const GROUP = 'omnify.rules'
/** An alert is told of within two seconds of the event that closes its bucket: this, a batch and a look. */
const PAUSE_MS = 500
const WAIT_MS = 300_000
const SAVE_MS = 60_000
const BEHIND_MS = 5_000

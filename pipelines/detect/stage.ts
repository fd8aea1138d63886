import { setTimeout as sleep } from 'node:timers/promises'
import { TOPICS } from '../../schemas/topics.ts'
import { FACTS } from '../engine/pipeline.ts'
import { type Log, LogError, type LogRecord } from '../log/port.ts'
import { FencedError } from '../runner/errors.ts'
import { runAlone } from '../stages/alone.ts'
import type { Stage, StageDeps } from '../stages/stage.ts'
import type { Progress } from './settled.ts'
import { openWork, type Work } from './work.ts'

/**
 * Watches windows for what is not as it was expected. Which to look at is told by `omnify.window_changes`, read from its
 * end on: after a start everything is looked at once, from where the last checkpoint stands. What was learnt lies in
 * checkpoints, what was told in the table of alerts, so any process may go on with it.
 */
export function detectStage(): Stage {
  return { name: 'detect', run: (deps, signal) => runAlone(deps.log, 'detect', (own) => run(deps, own), signal) }
}

async function run(deps: StageDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await caughtUp(deps, signal)
      if (!signal.aborted) await follow(deps, await openWork(deps, progressOf(deps.log)), signal)
    } catch (error) {
      // Another process believes that it is the one: whoever is alone raises its generation once more.
      if (!(error instanceof FencedError)) throw error
      await pause(FENCED_PAUSE_MS, signal)
    }
  }
}

async function follow(deps: StageDeps, work: Work, signal: AbortSignal): Promise<void> {
  let place = await endOf(deps.log)
  // Whatever changed while nobody looked.
  let waits = await work.lookAll()
  while (!signal.aborted) {
    const changes = await readFrom(deps.log, place, waits ? SETTLE_WAIT_MS : IDLE_WAIT_MS)
    if (signal.aborted) break
    await work.obey()
    await caughtUp(deps, signal)
    if (signal.aborted) break
    waits = changes === 'lost' ? await work.lookAll() : await work.look(changes)
    place = changes === 'lost' ? await endOf(deps.log) : (changes.at(-1)?.offset ?? place - 1) + 1
  }
  await work.close()
}

/** Changes from a place on, waiting for the first; 'lost' when the log no longer has that place. */
async function readFrom(log: Log, place: number, wait_ms: number): Promise<readonly LogRecord[] | 'lost'> {
  try {
    return await log.read(TOPIC, 0, place, { records_max: 2_000, bytes_max: 8_000_000, wait_ms })
  } catch (error) {
    if (error instanceof LogError && error.code === 'offset_out_of_range') return 'lost'
    throw error
  }
}

async function endOf(log: Log): Promise<number> {
  return (await log.bounds(TOPIC))[0]!.end
}

/**
 * Returns when the main pipeline has next to nothing left to do: what it does is what this stage looks at. After a
 * backfill it waits until that is plainly over, and whoever waited for the data has had their first answers.
 */
async function caughtUp({ log }: StageDeps, signal: AbortSignal): Promise<void> {
  let calm = (await behind(log)) <= BEHIND_MAX ? CALM : 0
  while (!signal.aborted && calm < CALM) {
    await pause(BEHIND_PAUSE_MS, signal)
    calm = (await behind(log)) <= BEHIND_MAX ? calm + 1 : 0
  }
}

async function behind(log: Log): Promise<number> {
  const [bounds, places] = await Promise.all([log.bounds(FACTS.topic), committed(log)])
  return bounds.reduce((sum, { end, start }, at) => sum + end - Math.max(start, places[at] ?? 0), 0)
}

async function committed(log: Log): Promise<number[]> {
  const places = await log.groupOffsets(`omnify.${FACTS.pipeline}`, FACTS.topic)
  return places.map(({ offset }) => offset)
}

function progressOf(log: Log): Progress {
  return {
    async ends() {
      return (await log.bounds(FACTS.topic)).map(({ end }) => end)
    },
    async reached(ends) {
      const places = await committed(log)
      return ends.every((end, at) => end === 0 || (places[at] ?? 0) >= end)
    },
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal }).catch(() => undefined)
}

const TOPIC = TOPICS.window_changes.name
const IDLE_WAIT_MS = 2_000
/** While a bucket's last pieces may still be on their way. */
const SETTLE_WAIT_MS = 250
const BEHIND_MAX = 5_000
const BEHIND_PAUSE_MS = 500
const CALM = 4
const FENCED_PAUSE_MS = 1_000

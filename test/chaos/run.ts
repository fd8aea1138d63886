import { setTimeout as sleep } from 'node:timers/promises'
import { LogError } from '../../pipelines/log/port.ts'
import { TOPICS } from '../../schemas/topics.ts'
import { startReceiver } from '../support/receiver.ts'
import { type Subscribers, subscribe } from './alerts/subscribers.ts'
import { inject } from './faults.ts'
import { makeLoad } from './load.ts'
import { eventsOf, type LogKind, type Planned, planFaults } from './plan.ts'
import { type Done, progressOf, recovered } from './recovery.ts'
import { type Sender, startSender } from './sender.ts'
import { startEmbedded } from './stack/embedded.ts'
import { startKafka } from './stack/kafka.ts'
import type { Stack } from './stack/stack.ts'
import { compare, type Differences, readStored } from './truth/compare.ts'
import { watchVersions } from './watch.ts'

/** What came of a run; the file of `--out` is made of the first lines. */
export type Outcome = {
  readonly seed: number
  readonly log: LogKind
  readonly faults: readonly Done[]
  readonly events: number
  readonly lost: number
  readonly doubled: number
  readonly wrong_windows: number
  /** Revisions of alerts that were told of meanwhile. */
  readonly alerts: number
  readonly ok: boolean
  /** The last day of the load: times are shifted by whole days, and all else follows from the seed. */
  readonly end_day: number
  /** What did not hold, in words. */
  readonly findings: readonly string[]
  readonly looks: number
}

export type RunOptions = {
  readonly seed: number
  readonly log: LogKind
  readonly faults: number
  /** Days since 1970. */
  readonly end_day: number
  readonly say: (text: string) => void
}

/**
 * Runs the engine as its users run it, sends it a load whose truth is known, does to it what the seed says, and compares
 * every row.
 *
 * @throws Error when the engine did not recover, or answered what it must not; its processes are gone then
 */
export async function runChaos({ seed, log, faults, end_day, say }: RunOptions): Promise<Outcome> {
  const plan = planFaults(seed, log, faults)
  const events = makeLoad(seed, eventsOf(plan), end_day)
  say(`seed ${seed}, ${log}: ${faults} faults over ${events.length} events`)
  const secrets: string[] = []
  const receiver = await startReceiver(secrets, { any_time: true })
  const env = { OMNIFY_WEBHOOK_ALLOW: receiver.allow }
  const stack = log === 'embedded' ? await startEmbedded(env) : await startKafka(env)
  let subscribers: Subscribers | undefined
  try {
    subscribers = await subscribe(stack, receiver, secrets)
    const sender = startSender(stack, await stack.home.key(), events)
    const watch = watchVersions(stack.home)
    const foreign = startForeign(stack, sender)
    const done = await bringDown(stack, plan, sender, say)
    sender.allow(events.length)
    await sender.done
    await foreign.stop()
    const state = await settled(stack)
    const alerts = await subscribers.settle()
    const back = await watch.stop()
    const differences = await differencesOf(stack, sender)
    const told = subscribers.judge(alerts.table, await stack.readLog(TOPICS.alerts.name))
    return {
      seed,
      log,
      faults: done,
      events: events.length,
      end_day,
      looks: watch.looks(),
      alerts: alerts.table.length,
      ...judge(differences, [...back, ...state, ...alerts.findings, ...told, ...stack.home.surprises]),
    }
  } catch (error) {
    const complaints = stack.units.map((unit) => `--- ${unit.name}\n${unit.complaints()}`).join('\n')
    throw new Error(`seed ${seed}, ${log}: ${(error as Error).message}\n${complaints}`, { cause: error })
  } finally {
    // What it says when it is cut off now is nobody's concern.
    await subscribers?.stop().catch(() => undefined)
    await stack.home.killAll()
    await stack.close()
    await stack.home.close()
    await receiver.close()
  }
}

async function bringDown(
  stack: Stack,
  plan: readonly Planned[],
  sender: Sender,
  say: (text: string) => void,
): Promise<Done[]> {
  const done: Done[] = []
  for (const [n, fault] of plan.entries()) {
    sender.allow(fault.at)
    await sender.reached(fault.at)
    // Events go on coming while it lasts, up to where the next one begins.
    sender.allow(plan[n + 1]?.at ?? Number.POSITIVE_INFINITY)
    const began = performance.now()
    await inject(stack, fault)
    await recovered(stack, sender)
    const recovered_ms = Math.round(performance.now() - began)
    done.push({ kind: fault.kind, at: fault.at, recovered_ms })
    say(`${n + 1}/${plan.length} ${fault.kind} at ${fault.at}: ${recovered_ms} ms`)
  }
  return done
}

/** Somebody else who writes to the topic, and not what we read: each record is a dead letter of its own. */
function startForeign(stack: Stack, sender: Sender) {
  let stopping = false
  const run = async () => {
    for (let n = 0; !stopping && stack.appendForeign !== undefined; n++) {
      // While the broker is away nothing can be written. What came of an attempt is seen on the log in the end.
      await stack.appendForeign(`foreign ${n} after ${sender.answered()}`).catch((error: unknown) => {
        if (!(error instanceof LogError && error.code === 'log_unavailable')) throw error
      })
      await sleep(FOREIGN_EVERY_MS)
    }
  }
  const running = run()
  running.catch(() => undefined)
  return {
    stop() {
      stopping = true
      return running
    },
  }
}

const FOREIGN_EVERY_MS = 1_000

/** Waits until nothing is left to do. @returns where committed is not what is on the log */
async function settled(stack: Stack): Promise<string[]> {
  for (const until = performance.now() + 120_000; ; await sleep(200)) {
    const places = await progressOf(stack)
    const behind = places?.filter(({ committed, end }) => committed !== end) ?? [{ partition: -1 }]
    if (behind.length === 0) return []
    if (performance.now() > until) return behind.map((place) => `not committed: ${JSON.stringify(place)}`)
  }
}

/** The embedded log belongs to one process: the tables are read while the engine runs, the log when it has ended. */
async function differencesOf(stack: Stack, sender: Sender): Promise<Differences> {
  const store = stack.home.connect()
  const stored = await readStored(store)
  await store.close()
  await stack.stop()
  return compare(sender.sent, await stack.readLog(TOPICS.events.name), stored)
}

function judge({ lost, doubled, wrong_windows }: Differences, others: readonly string[]) {
  const findings = [
    ...lost.map((text) => `lost: ${text}`),
    ...doubled.map((text) => `doubled: ${text}`),
    ...wrong_windows.map((text) => `window: ${text}`),
    ...others,
  ]
  return {
    lost: lost.length,
    doubled: doubled.length,
    wrong_windows: wrong_windows.length,
    ok: findings.length === 0,
    findings,
  }
}

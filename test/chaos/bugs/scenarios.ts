import { expect } from 'vitest'
import type { Store } from '../../../pipelines/store/client.ts'
import type { EngineUnderTest } from '../../support/engine.ts'
import type { Differences } from '../truth/compare.ts'
import {
  type Broken,
  bare,
  committingFirst,
  DEATH,
  dying,
  type Ports,
  sleeping,
  withoutFence,
  withoutIntent,
  withoutVerify,
} from './break.ts'
import type { Rig } from './rig.ts'

/** A way for the engine to die, and the bug that it would not survive. */
export type Scenario = {
  readonly bug: string
  /** Where it bites. */
  readonly when: string
  /** What the bug does to the data. */
  readonly harm: keyof Differences
  /** Puts the bug in. */
  readonly put: (ports: Ports) => Broken
  /** What happens, with the bug or without. */
  readonly play: (engine: EngineUnderTest, rig: Rig, put: (ports: Ports) => Ports) => Promise<void>
}

export const SCENARIOS: readonly Scenario[] = [
  {
    bug: 'commit before insert',
    when: 'it dies at the first insert behind the commit',
    harm: 'lost',
    put: committingFirst,
    play: (engine, rig, put) => dieAndGoOn(engine, rig, put, { insert: 1 }),
  },
  {
    bug: 'token alone, without intent and verify',
    when: 'it dies before the commit, and more has come when the next one cuts its batch',
    harm: 'doubled',
    put: (ports) => both(withoutIntent(ports), withoutVerify),
    play: (engine, rig, put) => dieAndGoOn(engine, rig, put, 'commit'),
  },
  {
    bug: 'no verify',
    when: 'it dies before the commit, and the store has forgotten the token when the next one comes',
    harm: 'doubled',
    put: withoutVerify,
    play: (engine, rig, put) => dieAndGoOn(engine, rig, put, 'commit', () => rig.forgetTokens()),
  },
  {
    bug: 'no intent',
    when: 'it dies while an insert goes on, on a server of a cluster whose processes the next one does not see',
    harm: 'doubled',
    put: withoutIntent,
    play: dieInsideInsert,
  },
  {
    bug: 'no fence',
    when: 'it is stopped before an insert, and wakes up when another has done its work and the token is forgotten',
    harm: 'doubled',
    put: withoutFence,
    play: wakeUpLate,
  },
]

async function dieAndGoOn(
  engine: EngineUnderTest,
  rig: Rig,
  put: (ports: Ports) => Ports,
  at: Parameters<typeof dying>[1],
  meanwhile: () => Promise<void> = async () => {},
): Promise<void> {
  await rig.feed(100)
  const first = await engine.start(dying(put(rig), at))
  await expect(first.ended).rejects.toThrow(DEATH)
  await first.stop()
  await meanwhile()
  await rig.feed(50)
  await goOn(engine, rig, put(rig))
}

/**
 * The insert of the identities began while its writer was the newest, so its condition held, and it ends when the next
 * writer has looked for its rows and not found them. Only the token can tell then that both insert the same.
 */
async function dieInsideInsert(engine: EngineUnderTest, rig: Rig, put: (ports: Ports) => Ports): Promise<void> {
  await rig.feed(100)
  const begun: (() => Promise<unknown>)[] = []
  const insertNative: Store['insertNative'] = (sql, body, ...rest) => {
    if (!sql.includes('INTO identities')) return rig.store.insertNative(sql, body, ...rest)
    // The stage uses its buffers again.
    const copy = Buffer.from(body as Buffer)
    begun.push(() => rig.store.insertNative(bare(sql), copy, ...rest))
    // Its client is gone; the server does not notice.
    return Promise.reject(new Error(DEATH))
  }
  const first = await engine.start(put({ log: rig.log, store: { ...rig.store, insertNative } }))
  await expect(first.ended).rejects.toThrow(DEATH)
  await first.stop()
  expect(begun.length).toBeGreaterThan(0)
  await rig.feed(50)
  await goOn(engine, rig, put(rig))
  await Promise.all(begun.map((end) => end()))
}

async function wakeUpLate(engine: EngineUnderTest, rig: Rig, put: (ports: Ports) => Ports): Promise<void> {
  await rig.feed(100)
  const zombie = sleeping(put({ log: rig.otherProcess(), store: rig.connect() }))
  const first = await engine.start(zombie)
  await zombie.asleep
  await goOn(engine, rig, put(rig))
  await rig.forgetTokens()
  zombie.wake()
  await first.stop()
}

async function goOn(engine: EngineUnderTest, rig: Rig, ports: Ports): Promise<void> {
  const next = await engine.start(ports)
  await rig.caughtUp()
  await next.stop()
}

function both(first: Broken, second: (ports: Ports) => Broken): Broken {
  const broken = second(first)
  return { ...broken, met: () => Math.min(first.met(), broken.met()) }
}

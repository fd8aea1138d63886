import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { InjectionKind } from '../../ingest/world/injection.ts'
import { type LiveWorld, startLive } from '../../ingest/world/live.ts'
import type { WorldEvent } from '../../ingest/world/model.ts'
import { worldOf } from '../../ingest/world/world.ts'
import { type AlertRecord, parseAlert } from '../../schemas/alerts.ts'
import { HOUR_MS, parseDay } from '../../schemas/zone.ts'
import { type AlertStream, followAlerts } from '../support/alert-stream.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { type RunningEngine, useProcesses } from '../support/running-engine.ts'
import { alertWorld } from './support/alert-world.ts'

/** Platforms are tested after two weeks. */
const DAYS = 17
const world = worldOf(alertWorld(parseDay('2026-03-02')!, DAYS))

const CAUGHT_UP_MAX_MS = 200_000

type Issue = {
  readonly kind: InjectionKind
  readonly scope: Readonly<Record<string, string>>
  readonly size: number
  readonly hours: number
  /** Hours after its beginning within which it is told of. A report is missed when it has not come three times. */
  readonly told_within: number
}

/** What happens, one after the other, each after hours in which nothing does. */
const ISSUES: readonly Issue[] = [
  { kind: 'tracking_break', scope: { platform: 'tiktok' }, size: 0.8, hours: 7, told_within: 4 },
  // Until midnight: there is no row of what is not shown, and that is no late report.
  { kind: 'budget_exhausted', scope: { platform: 'meta' }, size: 1, hours: 8, told_within: 6 },
  { kind: 'site_outage', scope: {}, size: 0.9, hours: 6, told_within: 4 },
  { kind: 'reporting_delay', scope: { platform: 'google' }, size: 1, hours: 10, told_within: 8 },
]

/** A world whose time goes on as fast as the engine follows it: in the one that `omnify up` feeds, an hour takes six seconds. */
describe('what goes wrong in a live world', () => {
  const processes = useProcesses()
  const secrets: string[] = []
  let engine: RunningEngine
  let receiver: Receiver
  let stream: AlertStream
  let live: LiveWorld

  beforeAll(async () => {
    receiver = await startReceiver(secrets)
    engine = await processes.engine({ env: { OMNIFY_WEBHOOK_ALLOW: receiver.allow } })
    const headers = { authorization: `Bearer ${engine.key}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ url: receiver.url })
    const added = await engine.fetch('/v1/webhooks', { method: 'POST', headers, body })
    expect(added.status, added.body).toBe(201)
    secrets.push(added.json().secret)
    stream = followAlerts(() => engine.url, engine.key)
    for (const events of world.history()) await send(events)
    await caughtUp()
    live = startLive(world, world.end_ms)
  }, 240_000)
  afterAll(async () => {
    await stream?.stop()
    await receiver?.close()
  })

  async function send(events: readonly WorldEvent[]): Promise<void> {
    for (let at = 0; at < events.length; at += 1_000) {
      const answer = await engine.post(events.slice(at, at + 1_000)).catch((cause: unknown) => {
        throw new Error(`the engine is gone:\n${engine.err()}`, { cause })
      })
      expect(answer.status, answer.body).toBe(202)
    }
  }

  /** A busy machine may be too busy to say how far it is. */
  async function caughtUp(): Promise<void> {
    for (const until = performance.now() + CAUGHT_UP_MAX_MS; ; await sleep(200)) {
      const failure = await engine.caughtUp().then(
        () => undefined,
        (error: Error) => error,
      )
      if (failure === undefined) return
      if (performance.now() > until) throw failure
    }
  }

  const told = () => stream.events.map(({ bytes }) => parseAlert(bytes))

  /** Lets the world go on, hour by hour, as its reports come: a report whose rows come hours apart is another story. */
  async function goOn(hours: number): Promise<void> {
    for (let hour = 0; hour < hours; hour++) {
      await send(live.advance(live.at_ms + HOUR_MS))
      await caughtUp()
    }
  }

  it.each(ISSUES)(
    '$kind: one alert of that class, which closes by itself',
    async (issue) => {
      const before = new Set(told().map(({ id }) => id))
      const mine = () => told().filter(({ id }) => !before.has(id))
      const { told_within, ...injection } = issue
      expect(live.inject(injection)).toMatchObject({ ok: true })
      await goOn(told_within)
      await expect.poll(() => mine().length).toBeGreaterThan(0)
      expect(mine()[0]).toMatchObject({ revision: 1, state: 'open', scope: issue.scope, direction: 'down' })
      await goOn(issue.hours - told_within + OVER_WITHIN)
      await expect.poll(() => mine().at(-1)!.ended_at).not.toBeNull()
      expect(mine().at(-1)).toMatchObject({ state: 'resolved', cause_class: issue.kind })
      // What it leaves behind in longer sums is no second alert.
      await goOn(4)
    },
    240_000,
  )

  it('has told of each once, and everybody has heard the same', async () => {
    await expect.poll(() => receiver.received.length).toBe(stream.events.length)
    expect(new Set(told().map(({ id }) => id)).size).toBe(ISSUES.length)
    expect(stream.complaints).toEqual([])
    const headers = { authorization: `Bearer ${engine.key}` }
    for (const [id, revisions] of Map.groupBy(told(), (record) => record.id)) {
      const answer = await engine.fetch(`/v1/alerts/${id}`, { headers })
      const bytes = stream.events.filter((event) => parseAlert(event.bytes).id === id).map((event) => event.bytes)
      expect(answer.body).toBe(`{"alert":${bytes.at(-1)},"revisions":[${bytes.join(',')}]}`)
      // Each was verified by the library of the specification when it came.
      const posted = receiver.received.filter((message) => message.id.startsWith(id))
      expect(posted.map((message) => message.body)).toEqual(
        revisions.map(
          ({ last_at, state }, n) => `{"type":"alert.${state}","timestamp":"${last_at}","data":${bytes[n]}}`,
        ),
      )
    }
    const listed = await engine.fetch('/v1/alerts', { headers })
    expect(listed.json().alerts.map(({ state }: AlertRecord) => state)).toEqual(ISSUES.map(() => 'resolved'))
  })
})

/** Hours: two normal ones at least, their reports, and one more for a bucket that does not decide it. */
const OVER_WITHIN = 5

import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { steadyClock, systemClock, systemRandomBytes } from '../../../pipelines/clock.ts'
import { FACTS } from '../../../pipelines/engine/pipeline.ts'
import type { Consumer, Log } from '../../../pipelines/log/port.ts'
import { type RebuildDeps, type RebuildStep, rebuildWindows } from '../../../pipelines/rebuild/rebuild.ts'
import { settleRebuilds } from '../../../pipelines/rebuild/settle.ts'
import { openRebuilds } from '../../../pipelines/rebuild/standing.ts'
import { raiseGeneration, type Writer } from '../../../pipelines/runner/fence.ts'
import type { Store } from '../../../pipelines/store/client.ts'
import { TOPICS } from '../../../schemas/topics.ts'
import { parseDay } from '../../../schemas/zone.ts'
import { order } from '../../e2e/support/events.ts'
import { type EngineUnderTest, useEngine } from '../../support/engine.ts'
import { openMemoryLog } from '../../support/memory-log.ts'
import { damage, versionsOf, windowsOf } from './support/damage.ts'

describe('a rebuild', () => {
  const engine = useEngine(async () => {
    const log = openMemoryLog()
    await log.ensureTopics([{ ...TOPICS.events, partitions: 2 }])
    return log
  })
  let events = 0
  /** Orders over four days, each observed twice, some a third time too late; deliveries restated; refunds. */
  const some = (n: number) =>
    Array.from({ length: n }, () => events++).flatMap((i) => {
      const day = `2026-01-${11 + (i % 4)}`
      const at = { ordered_at: `${day}T0${i % 10}:30:00Z`, campaign: `c${i % 3}`, platform: 'meta' }
      const newer = { occurred_at: '2026-01-16T10:00:00Z' }
      return [
        order(`o${i}`, at),
        order(
          `o${i}`,
          { ...at, total: `${i}.25`, ...(i % 5 === 0 ? { ordered_at: '2026-01-12T03:00:00Z' } : {}) },
          newer,
        ),
        ...(i % 7 === 0 ? [order(`o${i}`, { ...at, total: '99' }, { occurred_at: '2026-01-15T09:00:00Z' })] : []),
        ...(i % 3 === 0 ? [refund(i, `${day}T12:00:00Z`)] : []),
      ]
    })
  const rebuild = (options: Partial<RebuildDeps> & { from?: string; dry_run?: boolean } = {}) =>
    rebuildOf(engine, options)

  it('finds nothing where nothing is wrong, and changes nothing', async () => {
    await engine.feed(some(60))
    const runner = await engine.start()
    await engine.caughtUp()
    const before = await windowsOf(engine.store)
    const report = await rebuild()
    expect(report).toMatchObject({ swapped: false, dry_run: false, from: '2026-01-01', pages: expect.any(Number) })
    expect(report.facts).toBeGreaterThan(60)
    for (const table of Object.values(report.tables))
      expect(table).toEqual({ added: 0, removed: 0, changed: 0, sums: {} })
    expect(await windowsOf(engine.store)).toEqual(before)
    expect(await stagingOf(engine)).toEqual([])
    await runner.stop()
  })

  it('says what is wrong in a dry run, and mends it in a real one', async () => {
    const right = await windowsOf(engine.store)
    await damage(engine.store)
    const wrong = await windowsOf(engine.store)
    expect(wrong).not.toEqual(right)
    const versions = await versionsOf(engine.store)

    const dry = await rebuild({ dry_run: true })
    expect(dry).toMatchObject({ swapped: false, dry_run: true })
    expect(dry.tables.windows_day!.changed).toBeGreaterThan(0)
    expect(dry.tables.windows_day!.removed).toBeGreaterThan(0)
    expect(dry.tables.windows_hour!.added).toBeGreaterThan(0)
    expect(dry.tables.windows_day_campaign!.removed).toBeGreaterThan(0)
    const { after, before } = dry.tables.windows_day!.sums.gross_micros!
    expect(BigInt(before)).toBeGreaterThan(BigInt(after))
    expect(await windowsOf(engine.store)).toEqual(wrong)
    expect(await stagingOf(engine)).toEqual([])

    // From a day on: what is before stays as it is.
    await rebuild({ from: '2026-01-12' })
    const partly = await windowsOf(engine.store)
    expect(partly).not.toEqual(right)
    expect(partly.filter((row) => !row.includes('2026-01-11'))).toEqual(
      right.filter((row) => !row.includes('2026-01-11')),
    )

    const told = await endOf(engine)
    const report = await rebuild()
    expect(report).toMatchObject({ swapped: true, tables: { windows_day: { removed: 0 }, windows_hour: { added: 0 } } })
    expect(report.tables.windows_day!.changed).toBeGreaterThan(0)
    expect(await windowsOf(engine.store)).toEqual(right)
    for (const [cell, version] of await versionsOf(engine.store)) {
      expect(version, cell).toBeGreaterThanOrEqual(versions.get(cell) ?? 0n)
    }
    const changes = await changesFrom(engine, told)
    expect(changes).toContainEqual(expect.objectContaining({ set: 'windows_day', tenant: 'demo', day: '2026-01-11' }))
    expect(changes.every(({ set }) => set === 'windows_day')).toBe(true)
    expect(await stagingOf(engine)).toEqual([])
  })

  it('changes nothing when it is stopped before its decision', async () => {
    await damage(engine.store)
    const wrong = await windowsOf(engine.store)
    for (const at of ['begun', 'staged', 'held', 'caught up']) {
      const stop = new AbortController()
      const onStep = ({ step }: RebuildStep) => step === at && stop.abort(new Error(`stopped when ${at}`))
      await expect(rebuild({ signal: stop.signal, onStep })).rejects.toThrow(`stopped when ${at}`)
      expect(await windowsOf(engine.store)).toEqual(wrong)
      expect(await stagingOf(engine)).toEqual([])
    }
    expect(await rebuild()).toMatchObject({ swapped: true })
  })

  it('is mended by the next writer, when one was fenced between its inserts and its commit', async () => {
    const gate = Promise.withResolvers<void>()
    let waiting = 0
    const join: Log['join'] = async (group, topics, handlers) => {
      const consumer = await engine.log.join(group, topics, handlers)
      const commit: Consumer['commit'] = async (claim, place) => {
        // The intent is committed with metadata, the end of a batch without.
        if (place.metadata === '') {
          waiting++
          await gate.promise
        }
        return consumer.commit(claim, place)
      }
      return { ...bound(consumer), commit }
    }
    const runner = await engine.start({ log: { ...bound(engine.log), join } })
    await damage(engine.store)
    await engine.feed(some(8))
    while (waiting < 2) await sleep(20)
    // All eight are in the store, and none is committed.
    const before = await engine.log.groupOffsets('omnify.facts', TOPICS.events.name)
    const report = await rebuild()
    expect(report).toMatchObject({ swapped: true, as_of: before.map(({ offset }) => offset) })
    gate.resolve()
    await engine.caughtUp()
    expect((await rebuild({ dry_run: true })).tables.windows_day!.changed).toBeGreaterThan(0)
    await engine.feed(some(8))
    await engine.caughtUp()
    expect(await rebuild()).toMatchObject({ swapped: false })
    await runner.stop()
  })

  it('is taken over by the next writer, when one was fenced between its inserts and the look that follows them', async () => {
    const gate = Promise.withResolvers<void>()
    const written = new Set<string>()
    const store: Store = {
      ...engine.store,
      insertNative: async (sql, body, options) => {
        const done = await engine.store.insertNative(sql, body, options)
        // The windows come last.
        if (sql.includes('INTO windows_day ')) written.add(/writer \S+ \S+ \d+/.exec(sql)![0])
        return done
      },
      query: async (sql, params, options) => {
        if (written.size > 0 && sql.startsWith("SELECT joinGet('newest_writers'")) await gate.promise
        return engine.store.query(sql, params, options)
      },
    }
    const runner = await engine.start({ store })
    await damage(engine.store)
    await engine.feed(some(8))
    while (written.size < 2) await sleep(20)
    expect(await rebuild()).toMatchObject({ swapped: true })
    gate.resolve()
    await engine.caughtUp()
    await expect.poll(() => openRebuilds(engine.store, FACTS), { interval: 200 }).toEqual([])
    expect(await rebuild()).toMatchObject({ swapped: false })
    await runner.stop()
  })

  it('tries again when a writer came back before it had decided', async () => {
    let decisions = 0
    const early: Writer = { ...FACTS, partition: 0, name: 'early' }
    const fence = { clock: steadyClock, sleep: (ms: number) => sleep(ms), patience_ms: 1_000 }
    const emit = async () => {}
    const store: Store = {
      ...engine.store,
      command: async (sql, params, options) => {
        if (sql.includes("'decided'") && decisions++ === 0) {
          const generation = await raiseGeneration(engine.store, early, fence)
          await settleRebuilds({ store: engine.store, emit }, early, generation, 0)
        }
        return engine.store.command(sql, params, options)
      },
    }
    const right = await windowsOf(engine.store)
    await damage(engine.store)
    expect(await rebuild({ store })).toMatchObject({ swapped: true })
    expect(decisions).toBe(2)
    expect(await windowsOf(engine.store)).toEqual(right)
    expect(await stagingOf(engine)).toEqual([])
  })

  it('loses and doubles nothing of what arrives meanwhile', async () => {
    const runner = await engine.start()
    await damage(engine.store)
    let feeding = true
    const sent = (async () => {
      while (feeding) {
        await engine.feed(some(3))
        await sleep(50)
      }
    })()
    const steps: string[] = []
    // The writers are kept busy at each step.
    const report = await rebuild({ onStep: ({ step }) => void steps.push(step) })
    feeding = false
    await sent
    await engine.caughtUp()
    expect(report.swapped).toBe(true)
    // A writer that was fenced before its commit mends its pages when it begins anew, also when nothing more arrives.
    await expect.poll(() => openRebuilds(engine.store, FACTS), { interval: 200 }).toEqual([])
    expect(steps).toEqual(
      expect.arrayContaining(['begun', 'staged', 'held', 'caught up', 'decided', 'applied', 'done']),
    )
    const after = await windowsOf(engine.store)
    // What the pipeline then has must be what the facts say.
    expect(await rebuild()).toMatchObject({ swapped: false })
    expect(await windowsOf(engine.store)).toEqual(after)
    await runner.stop()
  })
})

function rebuildOf(engine: EngineUnderTest, { from = '2026-01-01', dry_run = false, ...more }: Options) {
  return rebuildWindows(
    {
      store: engine.store,
      log: engine.log,
      emit: async ({ partition, records, topic }) => void (await engine.log.append(topic, partition, records)),
      scope: FACTS,
      group: 'omnify.facts',
      clock: steadyClock,
      now: systemClock,
      sleep: (ms) => sleep(ms),
      newId: () => systemRandomBytes(8).toString('hex'),
      signal: new AbortController().signal,
      onStep: () => undefined,
      ...more,
    },
    { from_day: parseDay(from)!, dry_run },
  )
}

/** Methods that can be spread. */
function bound<T extends object>(of: T): T {
  const all = of as Record<string, unknown>
  const names = [...Object.keys(all), ...Object.getOwnPropertyNames(Object.getPrototypeOf(all))]
  return Object.fromEntries(
    names.map((name) => [name, typeof all[name] === 'function' ? all[name].bind(of) : all[name]]),
  ) as T
}

type Options = Partial<RebuildDeps> & { readonly from?: string; readonly dry_run?: boolean }

function refund(i: number, refunded_at: string) {
  return {
    ...order(`r${i}`),
    type: 'order.refunded',
    data: { order: `o${i}`, refunded_at, currency: 'USD', amount: '1.25' },
  }
}

async function stagingOf({ store }: EngineUnderTest): Promise<string[]> {
  const rows = await store.query<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'rebuild_')",
  )
  return rows.map(({ name }) => name)
}

async function endOf({ log }: EngineUnderTest): Promise<number> {
  return (await log.bounds(TOPICS.window_changes.name))[0]!.end
}

async function changesFrom({ log }: EngineUnderTest, from: number): Promise<{ set: string }[]> {
  const reading = { records_max: 1_000, bytes_max: 10_000_000, wait_ms: 0 }
  const records = await log.read(TOPICS.window_changes.name, 0, from, reading)
  return records.map(({ value }) => JSON.parse(value!.toString()))
}

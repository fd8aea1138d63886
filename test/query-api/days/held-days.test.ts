import { beforeAll, describe, expect, it } from 'vitest'
import { StoreError } from '../../../pipelines/store/errors.ts'
import { TOPICS } from '../../../schemas/topics.ts'
import { useStore } from '../../support/store.ts'
import { asker } from '../support/ask.ts'
import { createTables, insert } from '../support/fill.ts'
import { heldMetrics } from '../support/held.ts'

const context = useStore()
const ask = asker(() => context.store)
const RANGE = { from: '2025-01-01', to: '2025-01-04' }
const NOTHING = { questions: 0, days: 0 }
const ONE_LOAD = { questions: 0, days: 1 }

beforeAll(() => createTables(context.store))

let version = 0
/** Writes a window as a pipeline does, with all that is not said at zero. */
function write(tenant: string, day: string, impressions: number | string, spend_micros = '0'): Promise<void> {
  const row = { tenant, day, platform: 'meta', account: 'a', campaign: 'c', currency: 'USD', slice: 'campaign|' }
  return insert(context.store, 'windows_day_campaign', [
    { ...row, cell: `${day}000000`, version: ++version, n: 1, impressions, impressions_n: 1, spend_micros, spend_n: 1 },
  ])
}

describe('days that are held', () => {
  it('are read again when the log says that they changed, and only they', async () => {
    const { changed, metrics, statements } = await heldMetrics(context.store)
    const body = { measures: ['impressions'], grain: 'day', ...RANGE }
    const impressions = async () => (await ask('a', body, metrics)).rows.map((row) => row.impressions)
    await write('a', '2025-01-01', 1)
    await write('a', '2025-01-02', 2)
    expect(await impressions()).toEqual([1, 2])
    expect(statements()).toEqual(ONE_LOAD)

    await write('a', '2025-01-02', 20)
    await changed('a', '2025-01-02')
    expect(await impressions()).toEqual([1, 20])
    expect(statements()).toEqual(ONE_LOAD)
    // A day that had nothing.
    await write('a', '2025-01-03', 3)
    await changed('a', '2025-01-03')
    expect(await impressions()).toEqual([1, 20, 3])
    expect(statements()).toEqual(ONE_LOAD)
    // Of somebody else, of another day, of another set.
    await changed('b', '2025-01-02')
    await changed('a', '2025-01-04')
    await changed('a', '2025-01-02', 'windows_day')
    expect(await impressions()).toEqual([1, 20, 3])
    expect(statements()).toEqual(NOTHING)
  })

  it('of a range without an end are those that have rows, and new ones are heard of', async () => {
    const { changed, metrics, statements } = await heldMetrics(context.store)
    const days = async () => (await ask('open', { measures: ['orders', 'impressions'], grain: 'day' }, metrics)).rows
    expect(await days()).toEqual([])
    for (const day of ['2025-01-01', '2025-01-20', '2024-12-24']) {
      await write('open', day, 1)
      await changed('open', day)
      expect((await days()).map((row) => row.day)).toContain(day)
      await changed('open', day)
      await changed('open', '2025-01-01')
    }
    expect(await days()).toHaveLength(3)
    expect(statements().questions).toBe(0)
    // From here on there are more days between the first and the last than are looked at.
    await write('open', '2023-01-01', 1)
    await changed('open', '2023-01-01')
    expect(await days()).toHaveLength(4)
    expect(statements().questions).toBeGreaterThan(0)
  })

  it('beside those that were asked for are read before anybody asks', async () => {
    const { metrics, statements } = await heldMetrics(context.store)
    for (const day of ['2025-01-01', '2025-01-10', '2025-01-20', '2025-03-01']) await write('ahead', day, 1)
    const until = async (days: number) => {
      for (let read = 0; read < days; read += statements().days) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const of = async (from: string, to: string) =>
      (await ask('ahead', { measures: ['impressions'], grain: 'day', from, to }, metrics)).rows.length
    expect(await of('2025-01-09', '2025-01-11')).toBe(1)
    // Those that were asked for; and both weeks beside them in one statement.
    await until(2)
    expect(await of('2025-01-01', '2025-01-11')).toBe(2)
    expect(statements()).toEqual(NOTHING)
    expect(await of('2025-01-09', '2025-01-21')).toBe(2)
    await until(1)
    // Before the first day there is nothing to be read.
    expect(await of('2025-01-01', '2025-01-02')).toBe(1)
    expect(statements()).toEqual(NOTHING)
  })

  it('are read once for questions that come together', async () => {
    const { metrics, statements } = await heldMetrics(context.store)
    await write('together', '2025-01-01', 1)
    const answers = await Promise.all(
      ['impressions', 'spend', 'orders'].map((measure) => ask('together', { measures: [measure], ...RANGE }, metrics)),
    )
    expect(answers.map(({ rows }) => rows.length)).toEqual([1, 1, 0])
    expect(statements()).toEqual(ONE_LOAD)
  })

  it('do not answer a question that comes after a change with what was read before it', async () => {
    const held = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    let first = true
    const { changed, metrics } = await heldMetrics({
      ...context.store,
      async queryRaw(sql, request) {
        const result = await context.store.queryRaw(sql, request)
        if (!first) return result
        first = false
        begun.resolve()
        await held.promise
        return result
      },
    })
    const body = { measures: ['impressions'], from: '2025-01-01', to: '2025-01-02' }
    await write('late', '2025-01-01', 1)
    const before = ask('late', body, metrics)
    await begun.promise
    await write('late', '2025-01-01', 2)
    await changed('late', '2025-01-01')
    expect((await ask('late', body, metrics)).rows).toEqual([{ impressions: 2 }])
    held.resolve()
    expect((await before).rows).toEqual([{ impressions: 1 }])
    expect((await ask('late', body, metrics)).rows).toEqual([{ impressions: 2 }])
  })

  it('are all read again when too much has happened to be looked through', async () => {
    const { log, metrics, statements } = await heldMetrics(context.store)
    const body = { measures: ['impressions'], ...RANGE }
    await write('busy', '2025-01-01', 1)
    await ask('busy', body, metrics)
    statements()
    const value = Buffer.from(JSON.stringify({ set: 'windows_5m', tenant: 'busy', day: '2025-01-01' }))
    const many = Array.from({ length: 2_001 }, () => ({ key: null, value }))
    await log.append(TOPICS.window_changes.name, 0, many)
    await ask('busy', body, metrics)
    expect(statements()).toEqual(ONE_LOAD)
  })

  it('are left to the store while the log cannot be read', async () => {
    const { log, metrics, statements } = await heldMetrics(context.store)
    const body = { measures: ['impressions'], ...RANGE }
    await write('closed', '2025-01-01', 1)
    await ask('closed', body, metrics)
    await log.close()
    statements()
    await write('closed', '2025-01-01', 5)
    expect((await ask('closed', body, metrics)).rows).toEqual([{ impressions: 5 }])
    expect(statements()).toEqual({ questions: 2, days: 0 })
  })

  it('are forgotten, the longest unused first, when there are too many', async () => {
    const { metrics, statements } = await heldMetrics(context.store, { cells_max: 6 })
    const total = (tenant: string) => ask(tenant, { measures: ['impressions'], ...RANGE }, metrics)
    for (const tenant of ['m1', 'm2']) await write(tenant, '2025-01-01', 1)
    await total('m1')
    await total('m1')
    expect(statements()).toEqual(ONE_LOAD)
    await total('m2')
    await total('m2')
    expect(statements()).toEqual(ONE_LOAD)
    await total('m1')
    expect(statements()).toEqual(ONE_LOAD)
  })

  it('are left to the store where a double cannot hold a sum, in a day or over days', async () => {
    const { metrics, statements } = await heldMetrics(context.store)
    const body = { measures: ['spend'], ...RANGE }
    await write('rich', '2025-01-01', 1, '9007199254740993')
    expect((await ask('rich', body, metrics)).rows).toEqual([{ spend: '9007199254.740993', currency: 'USD' }])
    for (const day of ['2025-01-01', '2025-01-02']) await write('richer', day, 1, '9007199254740991')
    expect((await ask('richer', body, metrics)).rows).toEqual([{ spend: '18014398509.481982', currency: 'USD' }])
    expect(statements()).toEqual({ questions: 4, days: 2 })
  })

  it('are asked for again after a failure, and the failure is told', async () => {
    let fails = true
    const { metrics } = await heldMetrics({
      ...context.store,
      queryRaw: (sql, request) =>
        fails ? Promise.reject(new StoreError('unavailable', 0, 'away')) : context.store.queryRaw(sql, request),
    })
    const body = { measures: ['impressions'], ...RANGE }
    await write('failed', '2025-01-01', 1)
    await expect(ask('failed', body, metrics)).rejects.toThrow('away')
    fails = false
    expect((await ask('failed', body, metrics)).rows).toEqual([{ impressions: 1 }])
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Store } from '../../../pipelines/store/client.ts'
import { NativeBlock } from '../../../pipelines/store/native.ts'
import { Changes } from '../../../pipelines/windows/changes.ts'
import { type Contribution, deliveryContribution, orderContribution } from '../../../pipelines/windows/contribution.ts'
import { windowRows } from '../../../pipelines/windows/rows.ts'
import { WindowState } from '../../../pipelines/windows/state.ts'
import { DIMENSIONS, WINDOW_SETS, WINDOW_SUMS, type WindowSet, windowTable } from '../../../schemas/windows.ts'
import { parseDay } from '../../../schemas/zone.ts'
import { readNative } from '../../support/read-native.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const FIRST_DAY = 20_000
const RECEIVED_MS = (FIRST_DAY + 3) * DAY_MS
const PARTITION = 1

/** Deliveries and orders of few keys, days and instants, with amounts of which a few leave the safe integers. */
const money = fc.oneof(
  fc.integer({ min: 0, max: 1_000_000 }),
  fc.constantFrom(Number.MAX_SAFE_INTEGER, (2n ** 62n - 1n).toString()),
)
const contribution: fc.Arbitrary<Contribution> = fc
  .record({
    tenant: fc.constantFrom('a', 'b'),
    day: fc.integer({ min: FIRST_DAY, max: FIRST_DAY + 2 }),
    minute: fc.nat({ max: 1439 }),
    campaign: fc.constantFrom('c1', 'c2'),
    ad: fc.constantFrom('x', 'y'),
    amount: money,
    clicks: fc.option(fc.nat({ max: 9 }), { nil: null }),
    kind: fc.constantFrom('day', 'hour', 'order'),
  })
  .map(({ tenant, day, minute, campaign, ad, amount, clicks, kind }) => {
    const path = { platform: 'meta', account: 'm', campaign, ad, currency: 'USD' }
    const at_ms = day * DAY_MS + minute * 60_000
    if (kind === 'order') {
      return orderContribution(tenant, day, {
        ...path,
        ordered_ms: at_ms,
        offset_min: 0,
        total_micros: amount,
        status: 'paid',
      })!
    }
    const hour_ms = kind === 'hour' ? Math.floor(at_ms / HOUR_MS) * HOUR_MS : null
    return deliveryContribution(tenant, day, 'ad|', { ...path, hour_ms, spend_micros: amount, clicks })
  })

describe('windows of a partition', () => {
  it('hold the sums of everything added and not taken back, whatever is evicted, reloaded and replayed', async () => {
    const batch = fc.record({
      adds: fc.array(contribution, { minLength: 1, maxLength: 12 }),
      // How many of what was added earlier is taken back again.
      back: fc.array(fc.nat(), { maxLength: 4 }),
      /** What the process meets after the batch: nothing, a crash before the commit, a crash after it. */
      end: fc.constantFrom('goes on', 'goes on', 'dies before commit', 'dies after commit'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 8 }), fc.nat({ max: 20 }), async (batches, cells) => {
        const tables = new Tables()
        const log: Placed[] = []
        let state = new WindowState(WINDOW_SETS, PARTITION, tables.store, cells)
        let generation = 1
        for (const { adds, back, end } of batches) {
          const from = log.length
          for (const one of adds) log.push(placed(one, 1, log.length))
          for (const which of back) {
            const { contribution: one } = log[which % log.length]!
            log.push(placed(one, -1, log.length))
          }
          const records = log.slice(from)
          await state.apply(changesOf(records))
          await tables.write(state, generation, log.length)
          if (end === 'dies before commit') {
            // The next writer reads the same records again, in two pieces.
            state = new WindowState(WINDOW_SETS, PARTITION, tables.store, cells)
            generation++
            const cut = Math.ceil(records.length / 2)
            await state.apply(changesOf(records.slice(0, cut)))
            await tables.write(state, generation, from + cut)
            state.committed()
            await state.apply(changesOf(records.slice(cut)))
            await tables.write(state, generation, log.length)
          }
          state.committed()
          if (end === 'dies after commit') {
            state = new WindowState(WINDOW_SETS, PARTITION, tables.store, cells)
            generation++
          }
        }
        for (const set of WINDOW_SETS) expect(tables.sums(set), set.name).toEqual(reference(set, log))
      }),
      { numRuns: 60 },
    )
  })

  it('asks for pages only that have rows in the store', async () => {
    const tables = new Tables()
    const on = (day: number) =>
      deliveryContribution('a', day, 'ad|', { platform: 'meta', currency: 'USD', spend_micros: 5 })
    const first = new WindowState(WINDOW_SETS, PARTITION, tables.store, 100)
    await first.apply(changesOf([placed(on(FIRST_DAY), 1, 0), placed(on(FIRST_DAY + 1), 1, 1)]))
    expect(tables.questions).toBe(0)
    await tables.write(first, 1, 2)
    first.committed()

    const second = new WindowState(WINDOW_SETS, PARTITION, tables.store, 100)
    await second.apply(changesOf([placed(on(FIRST_DAY), 1, 2), placed(on(FIRST_DAY + 2), 1, 3)]))
    expect(tables.questions).toBe(2)
    await tables.write(second, 2, 4)
    const spend = [...tables.sums(WINDOW_SETS[2]!).values()].map((sums) => sums[WINDOW_SUMS.indexOf('spend_micros')])
    expect(spend.sort()).toEqual([10n, 5n, 5n])
  })

  it('forgets clean pages only, the longest unused first', async () => {
    const tables = new Tables()
    const state = new WindowState(WINDOW_SETS, PARTITION, tables.store, 0)
    const one = deliveryContribution('a', FIRST_DAY, 'ad|', { platform: 'meta', currency: 'USD', spend_micros: 5 })
    await state.apply(changesOf([placed(one, 1, 0)]))
    expect(state.dirty()).toHaveLength(2)
    await tables.write(state, 1, 1)
    state.committed()
    const asked = tables.questions
    await state.apply(changesOf([placed(one, 1, 1)]))
    expect(tables.questions).toBe(asked + 2)
    await tables.write(state, 1, 2)
    expect([...tables.sums(WINDOW_SETS[2]!).values()][0]![WINDOW_SUMS.indexOf('spend_micros')]).toBe(10n)
  })
})

type Placed = { readonly contribution: Contribution; readonly sign: 1 | -1; readonly offset: number }

function placed(contribution: Contribution, sign: 1 | -1, offset: number): Placed {
  return { contribution, sign, offset }
}

function changesOf(all: readonly Placed[]): Changes {
  const changes = new Changes()
  for (const { contribution, offset, sign } of all) changes.add(contribution, sign, offset, RECEIVED_MS)
  return changes
}

/** Sums by key, computed one by one. A window of which all is taken back stays, with zeros. */
function reference(set: WindowSet, log: readonly Placed[]): Map<string, bigint[]> {
  const out = new Map<string, bigint[]>()
  for (const { contribution, sign } of log) {
    const { at_ms, span_ms } = contribution
    const width_ms = set.grain === 'day' ? DAY_MS : set.grain === 'hour' ? HOUR_MS : set.grain.ms
    if (set.grain !== 'day' && (at_ms === undefined || span_ms > width_ms)) continue
    const start = set.grain === 'day' ? 0 : Math.floor(at_ms! / width_ms) * (width_ms / 1000)
    const names = set.dimensions.map((name) => contribution.key.labels[DIMENSIONS.indexOf(name)])
    const key = JSON.stringify([
      contribution.tenant,
      contribution.day,
      start,
      ...names,
      ...contribution.key.labels.slice(-2),
    ])
    const sums = out.get(key) ?? new Array<bigint>(WINDOW_SUMS.length).fill(0n)
    for (const [i, place] of contribution.places.entries())
      sums[place]! += BigInt(contribution.values[i]!) * BigInt(sign)
    out.set(key, sums)
  }
  return out
}

type StoredRow = { readonly version: bigint; readonly cells: readonly unknown[] }

/** The window tables as the store keeps them: by key, the row of the greatest version. Rows arrive as blocks. */
class Tables {
  questions = 0
  private readonly rows = new Map<string, Map<string, StoredRow>>(WINDOW_SETS.map((set) => [set.name, new Map()]))

  readonly store = {
    query: async (sql: string, params: { tenant: string; days: string[] }) => {
      const asked = WINDOW_SETS.find(({ name }) =>
        sql.startsWith(`SELECT DISTINCT tenant, toUInt32(day) FROM ${name} `),
      )
      if (asked !== undefined) return [...this.rows.get(asked.name)!.values()].map(({ cells }) => [cells[0], cells[1]])
      this.questions++
      const set = WINDOW_SETS.find(({ name }) => sql.includes(`FROM ${name} FINAL`))!
      const days = params.days.map((day) => parseDay(day))
      const at = positions(set)
      return [...this.rows.get(set.name)!.values()]
        .map(({ cells }) => cells)
        .filter((cells) => cells[0] === params.tenant && days.includes(Number(cells[1])))
        .map((cells) => [
          cells[1],
          set.grain === 'day' ? 0 : cells[2],
          String(cells[at.applied]),
          Buffer.from(cells[at.first - 1] as Uint8Array).toString('hex'),
          cells[at.currency],
          cells[at.currency + 1],
          ...cells.slice(at.first, at.currency),
          ...cells.slice(at.applied + 1).map(String),
        ])
    },
  } as unknown as Store

  async write(state: WindowState, generation: number, hi: number): Promise<void> {
    const version = (BigInt(generation) << 40n) | BigInt(hi)
    for (const page of state.dirty()) {
      const table = windowTable(page.set)
      const block = new NativeBlock(table.columns)
      windowRows([page], PARTITION, version, hi, () => table.columns.map(({ name }) => block.column(name)))
      const rows = this.rows.get(page.set.name)!
      for (const cells of rowsOf(block.finish())) {
        const key = JSON.stringify(keyOf(page.set, cells))
        if ((rows.get(key)?.version ?? -1n) <= version) rows.set(key, { version, cells })
      }
    }
  }

  sums(set: WindowSet): Map<string, bigint[]> {
    const { applied } = positions(set)
    return new Map(
      [...this.rows.get(set.name)!.values()].map(({ cells }) => [
        JSON.stringify(keyOf(set, cells)),
        cells.slice(applied + 1).map((sum) => BigInt(sum as number | bigint)),
      ]),
    )
  }
}

/** Where the columns of a window table are. */
function positions(set: WindowSet) {
  const names = windowTable(set).columns.map(({ name }) => name)
  return { first: names.indexOf('cell') + 1, currency: names.indexOf('currency'), applied: names.indexOf('applied') }
}

function keyOf(set: WindowSet, cells: readonly unknown[]): unknown[] {
  const { first, currency } = positions(set)
  const start = set.grain === 'day' ? 0 : Number(cells[2])
  return [cells[0], Number(cells[1]), start, ...cells.slice(first, currency + 2)]
}

function rowsOf(body: Buffer): unknown[][] {
  const out: unknown[][] = []
  for (const block of readNative(body)) {
    for (let row = 0; row < block.rows; row++) out.push([...block.columns.values()].map((column) => column.value(row)))
  }
  return out
}

import type { Tick } from '../../../../pipelines/detect/core/closed-bucket.ts'
import { COMMERCE, scopeOfKey } from '../../../../pipelines/detect/core/scope.ts'
import type { Store } from '../../../../pipelines/store/client.ts'
import { NativeBlock } from '../../../../pipelines/store/native.ts'
import { watermarks } from '../../../../schemas/tables.ts'
import { COMMERCE_SLICE, WINDOW_SETS, windowTable } from '../../../../schemas/windows.ts'
import { DAY_MS, HOUR_MS } from '../../../../schemas/zone.ts'

const table = windowTable(WINDOW_SETS.find(({ name }) => name === 'windows_hour')!)

/** Puts ticks into the hourly windows, and the watermarks behind them, as if the main pipeline had. */
export async function fillWindows(
  store: Store,
  tenant: string,
  ticks: readonly Tick[],
  version: number,
): Promise<void> {
  const block = new NativeBlock(table.columns)
  for (const tick of ticks) {
    for (const row of rowsOf(tick)) {
      const values: Record<string, unknown> = {
        tenant,
        day: Math.floor(tick.start_ms / DAY_MS),
        start: tick.start_ms / 1000,
        cell: Buffer.from(`${row.platform}${row.campaign}`.padEnd(16).slice(0, 16)),
        currency: 'USD',
        _partition: 0,
        version: BigInt(version),
        applied: 0,
        ...row,
      }
      for (const { name, type } of table.columns) {
        block.column(name).append((values[name] ?? (/String/.test(type) ? '' : /128/.test(type) ? 0n : 0)) as never)
      }
    }
  }
  await store.insertNative(`INSERT INTO windows_hour FORMAT Native`, block.finish())
  const marks = new NativeBlock(watermarks.columns)
  for (const source of [...new Set(ticks.map(({ group }) => group))]) {
    const last = Math.max(...ticks.filter(({ group }) => group === source).map(({ start_ms }) => start_ms))
    const row = ['facts', tenant, source, 'omnify.events', 0, last + HOUR_MS, 1, BigInt(version)]
    for (const [at, { name }] of watermarks.columns.entries()) marks.column(name).append(row[at] as never)
  }
  await store.insertNative('INSERT INTO watermarks FORMAT Native', marks.finish())
}

/** One fact of each source: where detection learns which source brings what. */
export async function nameSources(store: Store, tenant: string, ticks: readonly Tick[]): Promise<void> {
  const day = Math.floor(ticks.at(-1)!.start_ms / DAY_MS)
  for (const group of new Set(ticks.map((tick) => tick.group))) {
    const [into, platform] = group === COMMERCE ? ['fact_orders', ''] : ['fact_delivery', group]
    await store.command(
      `INSERT INTO ${into} (tenant, source, platform, day, time_zone)
       SELECT {tenant:String}, {source:String}, {platform:String}, toDate({day:UInt16}), 'UTC'`,
      { tenant, source: group, platform, day },
    )
  }
}

function rowsOf({ group, sums }: Tick): Record<string, unknown>[] {
  if (group !== COMMERCE) {
    return [...sums].flatMap(([scope, counts]) => {
      const { account, campaign, platform } = scopeOfKey(scope)
      if (campaign === undefined) return []
      const { clicks = 0, conversions = 0, impressions = 0, reports = 0, spend = 0 } = counts
      const money = { spend_micros: BigInt(spend) * 1_000_000n, conversions_micros: BigInt(conversions) * 1_000_000n }
      const claimed_micros = BigInt(conversions) * 90_000_000n
      const path = { platform, account, campaign, slice: 'ad|hour' }
      return reports === 0 ? [] : [{ ...path, n: reports, impressions, clicks, ...money, claimed_micros }]
    })
  }
  const through = [...sums].filter(([scope]) => scope !== '[]')
  const all = sums.get('[]')?.orders ?? 0
  const organic = all - through.reduce((sum, [, { orders = 0 }]) => sum + orders, 0)
  return [
    ...through.map(([scope, { orders = 0 }]) => [scopeOfKey(scope).platform, orders] as const),
    ['', organic] as const,
  ]
    .filter(([, orders]) => orders > 0)
    .map(([platform, orders]) => ({
      platform,
      campaign: '',
      slice: COMMERCE_SLICE,
      n: orders,
      orders,
      gross_micros: BigInt(orders) * 90_000_000n,
    }))
}

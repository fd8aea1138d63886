import { accountGenerator } from '../../../../../ingest/world/delivery/account.ts'
import type { DeliveryLook, DeliveryRow } from '../../../../../ingest/world/model.ts'
import type { Account } from '../../../../../ingest/world/spec.ts'
import { knownAnswerSpec } from '../../../../../ingest/world/worlds/known-answer.ts'
import { type DayRow, knownAt } from '../../../../../pipelines/forecast/fatigue/read-days.ts'

const spec = knownAnswerSpec()

/** Day 1 of the known-answer world, in days since 1970. */
export const FIRST_DAY = spec.first_day
export const ACCOUNTS: readonly Account[] = spec.accounts

/** The reports of whole days of an account, with every look at them. */
export function reportsOf(account: Account, first: number, last: number): DeliveryRow[] {
  const rows: DeliveryRow[] = []
  const generator = accountGenerator(spec, account, [])
  const out = { delivery: (row: DeliveryRow) => rows.push(row), order: () => {}, other: () => {} }
  for (let day = first; day <= last; day++) generator.day(day, out)
  return rows.filter(({ hour }) => hour === null)
}

/** Days of the account's creatives as they were known when each was taken. */
export function knownDays(account: Account, first: number, last: number): Map<number, DayRow[]> {
  const days = new Map<number, Map<string, DayRow>>()
  for (const row of reportsOf(account, first, last)) {
    const look = knownLook(row)
    const day = days.get(row.day) ?? new Map<string, DayRow>()
    days.set(row.day, day)
    const before = day.get(row.ad.creative)
    const plus = (name: 'impressions' | 'clicks' | 'conversions' | 'hook_views' | 'spend') => before?.[name] ?? 0
    day.set(row.ad.creative, {
      platform: account.platform,
      account: account.id,
      day: row.day,
      creative: row.ad.creative,
      currency: account.currency,
      impressions: plus('impressions') + look.impressions,
      clicks: plus('clicks') + look.clicks,
      conversions: plus('conversions') + look.conversions,
      hook_views: plus('hook_views') + look.views,
      spend: plus('spend') + (look.spend * account.unit_micros) / 1e6,
      reach: before === undefined ? row.reach : null,
      observed_ms: look.occurred_ms,
    })
  }
  return new Map([...days].map(([day, of_day]) => [day, [...of_day.values()]]))
}

function knownLook({ account, day, looks }: DeliveryRow): DeliveryLook {
  return looks.findLast(({ occurred_ms }) => occurred_ms <= knownAt(account.zone, day)) ?? looks[0]!
}

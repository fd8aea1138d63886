import { localDay, utcOffsetMin } from '../../schemas/zone.ts'
import type { Store } from '../store/client.ts'
import type { KnownFacts } from './core/situation.ts'
import { sliceRank } from './rows.ts'

/**
 * Whether what fell had spent its money: the campaigns that had reached their daily budget when it began, by the clock of
 * their account, have most of the day's spend. That no campaign had reached its own says nothing: limits of an account,
 * shared budgets and those of a lifetime are in no report.
 */
export async function readSpentBudget(
  store: Store,
  tenant: string,
  { campaign, onset_ms, platform }: { readonly onset_ms: number; readonly platform: string; readonly campaign: string },
  zone: string,
): Promise<KnownFacts> {
  const params = { tenant, platform, campaign, onset: onset_ms / 1000 }
  const rows = await store.query<[string, string, string, number, number | null]>(
    `SELECT account, campaign, slice, spend, budget FROM
       (SELECT account, campaign, slice, toFloat64(sum(spend_micros)) AS spend FROM windows_hour FINAL
        WHERE tenant = {tenant:String} AND day = toDate({day:UInt16}) AND start <= fromUnixTimestamp({onset:UInt32})
          AND platform = {platform:String} AND ({campaign:String} = '' OR campaign = {campaign:String})
        GROUP BY account, campaign, slice HAVING spend > 0) AS spent
     LEFT JOIN
       (SELECT account, entity, toFloat64(argMax(daily_budget_micros, (occurred_at, _offset))) AS budget FROM fact_entities
        WHERE tenant = {tenant:String} AND platform = {platform:String} AND kind = 'campaign'
          AND occurred_at <= fromUnixTimestamp({onset:UInt32}) AND daily_budget_micros > 0
        GROUP BY account, entity) AS budgets
     ON spent.account = budgets.account AND spent.campaign = budgets.entity
     ORDER BY account, campaign, slice LIMIT ${ROWS_MAX}`,
    { ...params, day: localDay(onset_ms, utcOffsetMin(zone, onset_ms)) },
    { format: 'JSONCompactEachRow' },
  )
  return isSpent(rows.map(([account, , slice, spend, budget]) => ({ account, slice, spend, budget: Number(budget) })))
    ? { budget_spent: true }
    : {}
}

function isSpent(
  rows: readonly {
    readonly account: string
    readonly slice: string
    readonly spend: number
    readonly budget: number
  }[],
): boolean {
  let [all, reached] = [0, 0]
  for (const own of Map.groupBy(rows, ({ account }) => account).values()) {
    // Two slices are the same delivery told twice.
    const finest = Math.min(...own.map(({ slice }) => sliceRank(slice)))
    for (const { budget, slice, spend } of own) {
      if (sliceRank(slice) !== finest) continue
      all += spend
      if (budget > 0 && spend >= REACHED * budget) reached += spend
    }
  }
  return reached > all / 2
}

/** Platforms stop a little before a budget or after it. */
const REACHED = 0.95
/** Campaigns of a platform; of more the rest is left out. */
const ROWS_MAX = 50_000

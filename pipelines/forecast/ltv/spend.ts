import type { RequestOptions, Store } from '../../store/client.ts'
import type { ShopAsOf } from './facts.ts'

/** What was spent on advertising in a week, in units of the currency. `monday` in days since 1970. */
export type WeekSpend = {
  readonly monday: number
  readonly platform: string
  readonly campaign: string
  readonly spend: number
}

/**
 * Spend by week and campaign, as it was known at the cut, in the shop's currency. Reports of the same delivery at several
 * levels are not added: of each day the one that knows most of the campaign counts.
 *
 * @throws StoreError
 */
export async function readSpend(store: Store, shop: ShopAsOf, request?: RequestOptions): Promise<WeekSpend[]> {
  const newest = `SELECT id_hash, day, platform, account, campaign, slice, currency, spend_micros FROM fact_delivery
    WHERE tenant = {tenant:String} AND occurred_at <= fromUnixTimestamp64Milli({known_ms:Int64}, 'UTC')
    ORDER BY occurred_at DESC, _offset DESC LIMIT 1 BY id_hash`
  const slices = `SELECT day, platform, account, campaign, slice, sum(spend_micros) AS micros FROM (${newest})
    WHERE currency = {currency:String} AND spend_micros IS NOT NULL AND day <= toDate({until:UInt16})
    GROUP BY day, platform, account, campaign, slice`
  const days = `SELECT day, platform, account, campaign, max(micros) AS micros FROM (${slices})
    GROUP BY day, platform, account, campaign`
  // A report of the account alone counts for what its campaigns do not account for.
  const rest = `SELECT day, platform, campaign, if(campaign = '', greatest(0, micros - sumIf(micros, campaign != '') OVER (PARTITION BY day, platform, account)), micros) AS own
    FROM (${days})`
  const rows = await store.query<[number, string, string, number]>(
    `SELECT toUInt16(toMonday(day)) AS monday, toString(platform) AS p, toString(campaign) AS c, toFloat64(sum(own)) / 1e6
     FROM (${rest}) GROUP BY monday, p, c`,
    { ...shop },
    { ...request, format: 'JSONCompactEachRow' },
  )
  return rows.map(([monday, platform, campaign, spend]) => ({ monday, platform, campaign, spend }))
}

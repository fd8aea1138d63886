import { keyOf } from '../../../ingest/world/random.ts'
import type { Account, Ad, WorldSpec } from '../../../ingest/world/spec.ts'
import { knownAnswerSpec } from '../../../ingest/world/worlds/known-answer.ts'

/**
 * A business on three platforms with so many clicks and orders an hour that what goes wrong is seen within some hours,
 * and so few rows that three weeks of it are some ten thousand events: two ads a platform, one report an hour.
 */
export function alertWorld(first_day: number, days: number): WorldSpec {
  const known = knownAnswerSpec()
  const accounts = known.accounts.map(
    (account): Account => ({
      ...account,
      zone: 'UTC',
      daily: false,
      hourly_from: first_day,
      // What is known at the end of the hour is all of it: a row is told of once.
      known: account.known.map(() => 1),
      ads: [0, 1].map((n) => adOf(account, n)),
    }),
  )
  const [shop] = known.shops
  return {
    ...known,
    name: 'alerts',
    seed: 'alerts',
    first_day,
    days,
    accounts,
    holidays: [],
    courier: { ...known.courier, late: 0, doubled: 0 },
    shops: [
      {
        ...shop!,
        zone: 'UTC',
        groups: 0,
        subscribers: 0,
        day_units: null,
        guests: GUESTS_A_DAY,
        referrers: accounts.flatMap((account) => account.ads.map((ad) => ({ account, ad, weight: 0.1 }))),
        organic_weight: 0.4,
        rates: { ...shop!.rates, edited: 0, cancelled: 0, returned: 0, voided: 0, test_orders: 0, touched: 0, web: 0 },
      },
    ],
  }
}

const GUESTS_A_DAY = 900

function adOf({ platform, ads }: Account, n: number): Ad {
  const id = `${platform}-${n}`
  return {
    ...ads[0]!,
    ...{ key: keyOf(id), id, name: id, campaign: `${platform}-campaign-${n}`, ad_group: `${id}-group`, creative: id },
    ...{ spend_micros: 9_000_000_000, cpc_micros: 1_000_000, cvr: 0.06, ctr: 0.02, country: 'US', drifts: [] },
  }
}

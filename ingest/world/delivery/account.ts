import { DAY_MS, HOUR_MS } from '../../../schemas/zone.ts'
import { again, delay } from '../courier.ts'
import { drift, reportedAt } from '../effects.ts'
import type { Injection } from '../injection.ts'
import type { DeliveryLook, Generator, Referrer } from '../model.ts'
import { demand, HOUR_SHARE } from '../profile.ts'
import { keyOf, Random, STREAM } from '../random.ts'
import { type Account, type Ad, PULL_LAGS, type WorldSpec } from '../spec.ts'
import { dayStart, localHours } from '../time.ts'
import { addReadings, type Cell, drawCell, noReadings, type Reading, STAGES } from './cell.ts'

const PULL_AFTER_MIDNIGHT_MS = 3 * HOUR_MS
const HOUR_REPORT_AFTER_MS = 20 * 60_000

/**
 * Draws the reports of an ad account, local day by local day: each ad per hour (seen shortly after the hour) and per
 * day (seen the night after), both read again at later pulls as long as they change. The day's row is the sum of its
 * hours at every pull, so the two slices agree.
 */
export function accountGenerator(spec: WorldSpec, account: Account, injections: readonly Injection[]): Generator {
  const random = new Random(spec.seed)
  const mail = new Random(spec.seed)
  const pulls = new Random(spec.seed)
  const key = keyOf(`${account.platform} ${account.id}`)

  return {
    zone: account.zone,
    lead_days: 0,
    lookback_days: PULL_LAGS.at(-1)! + 2 + Math.ceil(spec.courier.late_max_ms / DAY_MS) * 2,
    plan_days: 0,
    prepare() {},
    day(day, out) {
      const hours = day >= account.hourly_from ? localHours(account.zone, day) : []
      const fortune = Math.exp(0.02 * random.reseed(STREAM.delivery_day, key, day).normal())
      for (const ad of account.ads) {
        const at: Referrer = { account, ad }
        const carry = { conversions: random.reseed(STREAM.delivery_day, ad.key, day).unit() }
        const start_ms = dayStart(account.zone, day)
        const end_ms = dayStart(account.zone, day + 1)
        const whole = { at, day, hour: null, start_ms, end_ms, carry, demand: demand(spec, day, ad.country) * fortune }
        const sums = hours.length === 0 ? drawCell(random, whole, injections) : noReadings()
        for (const { hour, start_ms, end_ms } of hours) {
          const share = (HOUR_SHARE[hour]! * (end_ms - start_ms)) / HOUR_MS
          const cell: Cell = { at, day, hour, start_ms, end_ms, carry, demand: whole.demand * share }
          const readings = drawCell(random, cell, injections)
          addReadings(sums as Reading[], readings)
          const looks = look(cell, readings, 0)
          if (looks.length > 0) out.delivery({ account, ad, day, hour, reach: null, looks })
        }
        if (account.daily || hours.length === 0) {
          const looks = look(whole, sums, 1)
          const reach = reachOf(ad, sums[STAGES - 1]!.impressions, day)
          if (looks.length > 0) out.delivery({ account, ad, day, hour: null, reach, looks })
        }
      }
    },
  }

  /** The looks that say something new. An hour in which nothing happened has no row, as on the platforms. */
  function look(cell: Cell, readings: readonly Reading[], first: number): DeliveryLook[] {
    const looks: DeliveryLook[] = []
    const { ad } = cell.at
    let known: Reading = EMPTY
    mail.reseed(STREAM.row, ad.key, cell.day, cell.hour === null ? -1 : cell.hour)
    const luck = mail.unit()
    for (let stage = first; stage < STAGES; stage++) {
      const reading = readings[stage]!
      if (same(reading, known)) continue
      known = reading
      const occurred_ms = Math.max(
        reportedAt(injections, cell.at, luck, pulledAt(account, cell, stage)),
        (looks.at(-1)?.occurred_ms ?? 0) + 1000,
      )
      const due_ms = occurred_ms + wayOf(cell, stage)
      looks.push({ ...reading, occurred_ms, due_ms, again_ms: again(mail, spec.courier, due_ms) })
    }
    return looks
  }

  /** Rows of one pull travel together, unless the world sends each alone. */
  function wayOf(cell: Cell, stage: number): number {
    if (spec.courier.rows_alone) return delay(mail, spec.courier)
    const pull_day = stage === 0 ? cell.day : cell.day + PULL_LAGS[stage - 1]!
    return delay(pulls.reseed(STREAM.pull, key, pull_day, stage === 0 ? cell.hour! : -1), spec.courier)
  }
}

function pulledAt(account: Account, cell: Cell, stage: number): number {
  if (stage === 0) return cell.end_ms + HOUR_REPORT_AFTER_MS
  return dayStart(account.zone, cell.day + 1 + PULL_LAGS[stage - 1]!) + PULL_AFTER_MIDNIGHT_MS
}

function reachOf(ad: Ad, impressions: number, day: number): number {
  return Math.ceil(impressions / (ad.frequency * drift(ad, 'frequency', day)))
}

const EMPTY: Reading = { impressions: 0, clicks: 0, spend: 0, conversions: 0, value: 0, views: 0 }

function same(a: Reading, b: Reading): boolean {
  return (
    a.conversions === b.conversions &&
    a.clicks === b.clicks &&
    a.impressions === b.impressions &&
    a.spend === b.spend &&
    a.value === b.value &&
    a.views === b.views
  )
}

import { LTV_MODEL } from '../../../models/ltv/forecast.ts'
import type { Store } from '../../store/client.ts'
import { knownForecasts, writeForecasts } from '../store.ts'
import { DIRECT, readAcquisition } from './acquisition.ts'
import { assemble, LTV_HORIZONS, type Made } from './assemble.ts'
import type { ShopAsOf } from './facts.ts'
import type { FitAnswer, FitRequest } from './fit/message.ts'
import { readSegments } from './segments.ts'
import type { Signature } from './signature.ts'
import { readSpend } from './spend.ts'
import { readTransactions } from './transactions.ts'

export type ShopForecast = {
  readonly shop: ShopAsOf
  readonly edition: number
  readonly watermark_ms: number
  readonly signature: Signature
  readonly each_customer: boolean
}

/**
 * Forecasts one shop from one origin and writes what is new of it.
 *
 * @param compute  where the fit is computed: a thread of its own, in a process that has other things to do
 * @returns how many rows were new
 * @throws StoreError, or whatever the fit fails with
 */
export async function forecastShop(
  store: Store,
  { each_customer, edition, shop, signature, watermark_ms }: ShopForecast,
  compute: (request: FitRequest, signal: AbortSignal) => Promise<FitAnswer>,
  signal: AbortSignal,
): Promise<number> {
  const { ids, ...transactions } = await readTransactions(store, shop, { signal })
  const acquired = await readAcquisition(store, shop, { signal })
  const segments = await readSegments(store, shop, { signal })
  const spend = await readSpend(store, shop, { signal })
  const ways = new Map<string, number>()
  const groups: string[][] = []
  const group_of = Int32Array.from(ids, (id) => {
    const { campaign, channel } = acquired.get(id) ?? DIRECT
    const segment = segments.get(id) ?? ''
    const key = `${channel}\0${campaign}\0${segment}`
    const known = ways.get(key)
    if (known !== undefined) return known
    ways.set(key, groups.length)
    return groups.push(groupsOf(channel, campaign, segment)) - 1
  })
  const { hash, orders } = signature
  const request = { transactions, groups, group_of, cut_day: shop.until, horizons: LTV_HORIZONS }
  const answer = await compute({ ...request, seed: Number(hash & 0xffff_ffffn), each_customer }, signal)
  const made: Made = { ...shop, model: LTV_MODEL, edition, watermark_ms, features_hash: hash, orders }
  const { currency, source: scope, tenant, until: origin } = shop
  const known = await knownForecasts(store, { tenant, model: LTV_MODEL, scope, currency, origin, edition })
  let written = 0
  for (const records of assemble(made, ids, answer, spend)) {
    signal.throwIfAborted()
    written += await writeForecasts(store, records, known)
  }
  return written
}

/** A campaign and a segment are known of some; a channel everybody has, if it is none. */
function groupsOf(channel: string, campaign: string, segment: string): string[] {
  return [
    `channel\0${channel}`,
    ...(campaign === '' ? [] : [`campaign\0${channel}/${campaign}`]),
    ...(segment === '' ? [] : [`segment\0${segment}`]),
  ]
}

import type { Fitted } from '../../models/ltv/stream.ts'
import type { Insufficient } from '../../models/ltv/sufficient.ts'
import { readForecasts } from '../../pipelines/forecast/read.ts'
import type { Store } from '../../pipelines/store/client.ts'
import { currencyDigits } from '../../schemas/currencies.ts'
import type { ForecastRecord } from '../../schemas/forecasts.ts'
import { formatMicros } from '../../schemas/money.ts'
import { formatDay } from '../../schemas/zone.ts'

/** The newest forecast of a shop whose rows are all there: its own are written last. */
export type ShopForecast = {
  readonly model: string
  readonly source: string
  readonly currency: string
  readonly origin: number
  readonly edition: number
  readonly watermark_ms: number
  readonly horizons: readonly ForecastRecord[]
  readonly fitted: Fitted | null
  readonly insufficient: Insufficient['insufficient'] | null
}

type Asked = { readonly source?: string | undefined; readonly currency?: string | undefined }

/** @throws StoreError */
export async function readShopForecasts(
  store: Store,
  tenant: string,
  { currency, source }: Asked,
  signal: AbortSignal,
): Promise<ShopForecast[]> {
  const filter = {
    ...{ tenant, model: 'ltv', entity_kinds: ['shop'] as const },
    ...(source === undefined ? {} : { scope: source }),
    ...(currency === undefined ? {} : { currency }),
  }
  const records = await readForecasts(store, filter, { newest: true, request: { signal } })
  const shops = Map.groupBy(records, ({ currency: own, scope }) => `${scope}\0${own}`)
  return [...shops.values()].map((all) => {
    // After a new version of the model both have a newest forecast.
    const [newest] = all.toSorted(
      (a, b) => b.origin - a.origin || b.edition - a.edition || (a.model < b.model ? 1 : -1),
    )
    const { edition, model, origin, scope, watermark_ms } = newest!
    const horizons = all.filter((one) => one.model === model && one.origin === origin && one.edition === edition)
    const details = JSON.parse(newest!.details) as { fitted?: Fitted; insufficient?: Insufficient['insufficient'] }
    return {
      ...{ model, source: scope, currency: newest!.currency, origin, edition, watermark_ms, horizons },
      fitted: details.fitted ?? null,
      insufficient: details.insufficient ?? null,
    }
  })
}

/** What stands at the head of every answer about a shop. */
export function headOf({ currency, edition, insufficient, model, origin, source, watermark_ms }: ShopForecast) {
  const watermark = new Date(watermark_ms).toISOString()
  return { source, currency, model, origin: formatDay(origin), edition, watermark, insufficient }
}

/** An amount as the API writes it: decimal texts, exact, so that cohorts add up to their total digit by digit. */
export function amountOf({ currency, mean, quantiles }: ForecastRecord) {
  if (mean === null || quantiles === null) return null
  const money = moneyIn(currency)
  const { q05, q10, q50, q90, q95 } = quantiles
  return {
    ...{ mean: money(mean), q05: money(q05), q10: money(q10) },
    q50: money(q50),
    q90: money(q90),
    q95: money(q95),
  }
}

/** Writes whole micros with at least the digits of the currency. */
export function moneyIn(currency: string): (micros: number) => string {
  const digits = currencyDigits(currency)
  return (micros) => formatMicros(BigInt(micros), digits)
}

import type { FastifyInstance } from 'fastify'
import type { GroupDetails } from '../../pipelines/forecast/ltv/assemble.ts'
import { readForecasts } from '../../pipelines/forecast/read.ts'
import type { ForecastRecord } from '../../schemas/forecasts.ts'
import type { QueryDeps } from '../deps.ts'
import { recordsByHorizon } from '../forecasts/model-records.ts'
import { COHORTS_BY, cohortsQuery, parseQuery } from '../forecasts/request.ts'
import { amountOf, headOf, moneyIn, readShopForecasts, type ShopForecast } from '../forecasts/shop.ts'
import { authenticate } from './authenticate.ts'

/** `GET /v1/cohorts`: what groups of customers have brought, cost and will bring; they add up to the total. */
export function cohortRoutes(app: FastifyInstance, { store, tenants }: QueryDeps): void {
  app.get('/v1/cohorts', async (request, reply) => {
    const { signal } = request
    const tenant = await authenticate(tenants, request, 'metrics:read')
    const { by, ...asked } = parseQuery(cohortsQuery, request.query)
    const shops = await readShopForecasts(store, tenant.name, asked, signal)
    const answers = await Promise.all(shops.map((shop) => cohortsOf(tenant.name, shop, by, signal)))
    return reply.header('cache-control', 'no-store').send({ by, shops: answers })
  })

  async function cohortsOf(tenant: string, shop: ShopForecast, by: keyof typeof COHORTS_BY, signal: AbortSignal) {
    const { currency, edition, horizons, insufficient, model, origin, source } = shop
    const kind = COHORTS_BY[by]
    const filter = { tenant, model, scope: source, currency, origin, edition, entity_kinds: [kind] }
    const [records, of_total, of_kind] = await Promise.all([
      readForecasts(store, filter, { request: { signal } }),
      recordsByHorizon(store, tenant, model, 'shop', signal),
      recordsByHorizon(store, tenant, model, kind, signal),
    ])
    const groups = [...Map.groupBy(records, ({ entity }) => entity)]
    return {
      ...headOf(shop),
      total:
        insufficient === null ? horizons.map((one) => ({ ...horizonOf(one), record: of_total(one.horizon_days) })) : [],
      cohorts: groups.map(([entity, own]) => ({
        [by]: entity,
        ...detailsOf(JSON.parse(own[0]!.details) as GroupDetails, currency),
        horizons: own.map((one) => ({ ...horizonOf(one), record: of_kind(one.horizon_days) })),
      })),
    }
  }
}

/** What a group has brought and cost so far, money as decimal texts. */
function detailsOf({ customers, drift, payback, ...micros }: GroupDetails, currency: string) {
  const written = moneyIn(currency)
  const money = (amount: number | null) => (amount === null ? null : written(amount))
  return {
    customers,
    value_to_date: money(micros.value_to_date_micros),
    spend: money(micros.spend_micros),
    cac: money(micros.cac_micros),
    payback,
    drift: drift === null ? null : { ...drift, mean: money(drift.mean), earlier_mean: money(drift.earlier_mean) },
  }
}

function horizonOf(forecast: ForecastRecord) {
  const { horizon_days, matures_ms } = forecast
  return { horizon_days, matures_at: new Date(matures_ms).toISOString(), value: amountOf(forecast) }
}

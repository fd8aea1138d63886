import type { FastifyInstance } from 'fastify'
import { readForecasts } from '../../pipelines/forecast/read.ts'
import type { QueryDeps } from '../deps.ts'
import { customerNow, readCustomerDays } from '../forecasts/customer-now.ts'
import { recordsByHorizon } from '../forecasts/model-records.ts'
import { customerQuery, parseQuery } from '../forecasts/request.ts'
import { amountOf, headOf, moneyIn, readShopForecasts, type ShopForecast } from '../forecasts/shop.ts'
import { ApiError } from '../problem.ts'
import { authenticate } from './authenticate.ts'

/** `GET /v1/customers/{id}/value`: what a customer will be worth, in each shop that knows one by this id. */
export function customerRoutes(app: FastifyInstance, { clock, store, tenants }: QueryDeps): void {
  app.get('/v1/customers/:id/value', async (request, reply) => {
    const { signal } = request
    const tenant = await authenticate(tenants, request, 'metrics:read')
    const customer = (request.params as { id: string }).id
    const shops = await readShopForecasts(store, tenant.name, parseQuery(customerQuery, request.query), signal)
    const values = await Promise.all(shops.map((shop) => valueIn(tenant.name, shop, customer, signal)))
    const known = values.filter((value) => value !== null)
    if (known.length === 0) throw new ApiError('not_found', 'no forecast knows a customer by this id')
    return reply.header('cache-control', 'no-store').send({ customer, values: known })
  })

  /** @returns null where the shop has no such customer */
  async function valueIn(tenant: string, shop: ShopForecast, customer: string, signal: AbortSignal) {
    const { currency, fitted, horizons, model, source } = shop
    const filter = { tenant, model, scope: source, currency, entity_kinds: ['customer'] as const, entities: [customer] }
    const [days, forecasts, record] = await Promise.all([
      readCustomerDays(store, { tenant, source, currency, customer }, signal),
      readForecasts(store, filter, { newest: true, request: { signal } }),
      recordsByHorizon(store, tenant, model, 'customer', signal),
    ])
    if (days.length === 0 && forecasts.length === 0) return null
    const today = Math.max(shop.origin, Math.floor(Math.min(shop.watermark_ms, clock()) / DAY_MS))
    return {
      ...headOf(shop),
      now:
        fitted === null
          ? null
          : customerNow(
              days,
              fitted,
              today,
              horizons.map(({ horizon_days }) => horizon_days),
              moneyIn(currency),
            ),
      forecasts: forecasts.map((forecast) => ({
        horizon_days: forecast.horizon_days,
        origin: new Date(forecast.origin * DAY_MS).toISOString().slice(0, 10),
        matures_at: new Date(forecast.matures_ms).toISOString(),
        ...(JSON.parse(forecast.details) as { p_alive: number; orders_mean: number }),
        value: amountOf(forecast),
        record: record(forecast.horizon_days),
      })),
    }
  }
}

const DAY_MS = 86_400_000

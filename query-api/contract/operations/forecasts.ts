import { z } from 'zod'
import { cohortsQuery, customerQuery, scoresQuery } from '../../forecasts/request.ts'
import { operations } from '../operation.ts'
import { names, rfc3339 } from '../schemas.ts'

const number = z.number().nullable()
const money = z.string().regex(/^-?\d+(\.\d{1,6})?$/)
const amount = z
  .object({ mean: money, q05: money, q10: money, q50: money, q90: money, q95: money })
  .nullable()
  .describe('Decimal text in the currency: the expectation, and what it is below with 5, 10, 50, 90 and 95 %.')
  .register(names, { id: 'ForecastAmount' })
const record = z
  .object({
    matured: z.int().describe('Forecasts whose truth is known.'),
    score: number.describe('Pinball score, in micros, or Brier score. Less is better.'),
    skill: number.describe('1 − score / score of the naive model.'),
    coverage_80: number.describe('Share of truths from q10 to q90.'),
    coverage_90: number.describe('Share of truths from q05 to q95.'),
    log_ratio_mean: number.describe('Mean of ln(actual / forecast).'),
    log_ratio_sd: number,
  })
  .describe('How forecasts of this model have turned out so far. Null where nothing has matured.')
  .register(names, { id: 'ModelRecord' })
const horizon = z.looseObject({ horizon_days: z.int(), matures_at: rfc3339, value: amount, record })
const now = z
  .object({
    as_of: z.string().describe('Local day.'),
    transactions: z.int().describe('Days with an order.'),
    last_order: z.string(),
    p_alive: z.number(),
    horizons: z.array(z.object({ horizon_days: z.int(), orders_mean: z.number(), value_mean: money })),
  })
  .nullable()
  .register(names, { id: 'CustomerNow' })
const group = z
  .looseObject({
    customers: z.int(),
    value_to_date: money.describe('Net of refunds, up to the origin.'),
    spend: money.nullable().describe('Spent on advertising to win them. Null where no spend is known.'),
    cac: money.nullable().describe('That for each customer.'),
    payback: z
      .object({
        state: z.enum(['reached', 'expected', 'not_within_a_year']),
        days: number.describe('Since the first order; null where it is not within sight.'),
      })
      .nullable()
      .describe('When revenue passes the cost of winning them.'),
    drift: z
      .object({
        age_days: z.int(),
        mean: money.describe('A customer, by that age.'),
        earlier_mean: money.describe('The same of the eight cohorts before.'),
        ratio: z.number(),
        z: number.describe('Difference over its standard error.'),
      })
      .nullable()
      .describe('Weekly cohorts against those before them at the same age.'),
    horizons: z.array(horizon),
  })
  .register(names, { id: 'CustomerGroup' })
const shop = {
  source: z.string(),
  currency: z.string(),
  model: z.string().describe('Name and version.'),
  origin: z.string().describe('The last local day that was known.'),
  edition: z.int().describe('Above 0 where orders of before came late and it was forecast again.'),
  watermark: rfc3339,
  insufficient: z.looseObject({ needed: z.looseObject({}), seen: z.looseObject({}) }).nullable(),
}
const scores = record.extend({
  ...{ model: z.string(), entity_kind: z.string(), metric: z.string(), horizon_days: z.int() },
})
const all = { method: 'GET', opened_by: 'metrics:read', errors: ['bad_request', 'not_found'] } as const

export const FORECASTS = operations(
  {
    ...{ ...all, id: 'getCustomerValue', path: '/v1/customers/:id/value', tag: 'Customers' },
    summary: 'What a customer will be worth',
    details:
      'The forecast of the newest origin with its quantiles, and `now`: means as of the last order, by the same parameters.',
    in_path: z.object({ id: z.string() }),
    in_query: customerQuery,
    answers: {
      200: {
        says: 'One entry for each shop (source and currency) that knows the customer.',
        content: {
          'application/json': z.object({
            customer: z.string(),
            values: z.array(z.looseObject({ ...shop, now, forecasts: z.array(horizon) })),
          }),
        },
      },
    },
    example: { path: { id: 'none' } },
  },
  {
    ...{ ...all, id: 'listCohorts', path: '/v1/cohorts', tag: 'Customers', errors: ['bad_request'] },
    summary: 'What groups of customers brought, cost and will bring',
    details: 'Cohorts add up to the total, draw by draw; quantiles of sums are not sums of quantiles.',
    in_query: cohortsQuery,
    answers: {
      200: {
        says: 'By the week of the first order, by segment, or by the channel or campaign that brought the customers.',
        content: {
          'application/json': z.object({
            by: z.string(),
            shops: z.array(
              z.looseObject({
                ...shop,
                total: z.array(horizon),
                cohorts: z.array(group),
              }),
            ),
          }),
        },
      },
    },
    example: {},
  },
  {
    ...{ ...all, id: 'listModels', path: '/v1/models', tag: 'Models', errors: [] },
    summary: 'What forecasts there are, and how they turned out',
    answers: {
      200: {
        says: 'Every model that has forecast something for the tenant.',
        content: {
          'application/json': z.object({
            models: z.array(z.looseObject({ name: z.string(), version: z.string(), records: z.array(scores) })),
          }),
        },
      },
    },
    example: {},
  },
  {
    ...{ ...all, id: 'getModelScores', path: '/v1/models/:name/scores', tag: 'Models' },
    summary: 'Coverage, calibration and skill of a model, over time',
    in_path: z.object({ name: z.string().describe('`ltv` for all of its versions, `ltv@1` for one.') }),
    in_query: z.object({ ...scoresQuery.shape, horizon_days: z.string().optional() }),
    answers: {
      200: {
        says: 'By what was forecast and how far ahead; `over_time` by origin too.',
        content: {
          'application/json': z.object({
            model: z.string(),
            records: z.array(scores),
            over_time: z.array(scores.extend({ origin: z.string() })),
            calibration: z.array(
              z.looseObject({
                metric: z.string(),
                horizon_days: z.int(),
                rows: z.array(z.looseObject({})),
                ece: number,
              }),
            ),
          }),
        },
      },
    },
    example: { path: { name: 'none' } },
  },
)

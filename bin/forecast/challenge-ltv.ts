import { type ChallengerForecast, contest, forecastByNetwork } from '../../models/ltv/challenger.ts'
import type { Transactions } from '../../models/ltv/customers.ts'
import type { CustomerForecast } from '../../models/ltv/forecast.ts'
import { seeded } from '../../models/math/random.ts'
import { loadTensorflow } from '../../pipelines/tensorflow/load.ts'
import { networkTrainer } from '../../pipelines/tensorflow/network.ts'

/**
 * The forecast after a contest with a neural network on the shop's own past, whose score table goes to standard error
 * whoever wins. Where the network wins, values and quantiles are its own; whether a customer is alive and how many orders
 * they will place is not its business.
 *
 * @throws TensorflowMissing
 */
export async function challenged(
  forecast: { readonly customers: readonly CustomerForecast[] },
  all: readonly Transactions[],
  of: {
    readonly cut_day: number
    readonly horizon_days: number
    readonly seed: number
    readonly stderr: NodeJS.WritableStream
  },
): Promise<{ readonly customers: readonly CustomerForecast[] }> {
  const { cut_day, horizon_days, seed, stderr } = of
  const tf = await loadTensorflow()
  const train = networkTrainer(tf)
  const result = await contest(all, { cut_day, train, seed, random: seeded(seed) })
  if ('insufficient' in result) {
    stderr.write('the first half of the history is too short for a contest: the network does not serve\n')
    return forecast
  }
  const { challenger, champion, wins } = result
  const names = ['rmse', 'mae', 'gini', 'decile_mape', 'level'] as const
  const line = (name: string, cells: readonly (string | number)[]) =>
    `${[name.padEnd(11), ...cells.map((cell) => (typeof cell === 'number' ? cell.toPrecision(4) : cell).padStart(12))].join('')}\n`
  stderr.write(`on the second half of the history, ${result.horizon_days} days, by ${tf.getBackend()}:\n`)
  stderr.write(line('', names))
  stderr.write(
    line(
      'champion',
      names.map((name) => champion[name]),
    ),
  )
  stderr.write(
    line(
      'challenger',
      names.map((name) => challenger[name]),
    ),
  )
  stderr.write(wins ? 'the challenger serves\n' : 'the champion serves\n')
  if (!wins) return forecast
  const own = await forecastByNetwork(all, { cut_day, horizon_days, train, seed })
  const by_id = new Map(own.map((one) => [one.id, one]))
  return {
    customers: forecast.customers.map((customer) => ({ ...customer, ...valuesOf(by_id.get(customer.customer)!) })),
  }
}

function valuesOf({ quantile, value_mean }: ChallengerForecast) {
  return {
    value_mean,
    q05: quantile(0.05),
    q10: quantile(0.1),
    q50: quantile(0.5),
    q90: quantile(0.9),
    q95: quantile(0.95),
  }
}

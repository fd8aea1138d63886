import { contest, forecastByNetwork, type TrainNetwork } from '../../models/ltv/challenger.ts'
import { spentWithin, type Transactions } from '../../models/ltv/customers.ts'
import { type PointScores, pointScores } from '../../models/ltv/score.ts'
import { seeded } from '../../models/math/random.ts'
import { loadTensorflow, TensorflowMissing } from '../../pipelines/tensorflow/load.ts'
import { networkTrainer } from '../../pipelines/tensorflow/network.ts'
import { CDNOW_DAY_0 } from './cdnow.ts'

const CUTS = [
  [272, 273],
  [180, 365],
] as const

/**
 * The neural challenger on the cuts of the goals, and whether it would serve there: which is decided by the half of the
 * history before the cut, never by what is scored here. Null where TensorFlow.js is not installed.
 */
export async function challengerScores(all: readonly Transactions[], say: (text: string) => void) {
  const train = await trainer(say)
  if (train === null) return { challenger: null }
  const scores: Record<string, PointScores & { readonly serves: boolean }> = {}
  for (const [cut, horizon_days] of CUTS) {
    const cut_day = CDNOW_DAY_0 + cut
    const network = await forecastByNetwork(all, { cut_day, horizon_days, train, seed: SEED })
    const spent = new Map(all.map((one) => [one.id, spentWithin(one, cut_day, cut_day + horizon_days).value]))
    const known = all.filter(({ days }) => days[0]! <= cut_day)
    const past = await contest(known, { cut_day, train, seed: SEED, random: seeded(SEED) })
    scores[horizon_days] = {
      ...pointScores(network.map(({ id, value_mean }) => ({ id, forecast: value_mean, actual: spent.get(id)! }))),
      serves: 'wins' in past && past.wins,
    }
    say(`challenger, cut at day ${cut}, ${horizon_days} days: ${JSON.stringify(scores[horizon_days])}`)
  }
  return { challenger: scores }
}

const SEED = 1

async function trainer(say: (text: string) => void): Promise<TrainNetwork | null> {
  try {
    return networkTrainer(await loadTensorflow())
  } catch (error) {
    if (!(error instanceof TensorflowMissing)) throw error
    say(`no challenger: ${error.message}`)
    return null
  }
}

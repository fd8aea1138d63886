import { join } from 'node:path'
import { shippedModel } from '../models/fatigue/shipped.ts'
import { trainFatigue } from '../models/fatigue/train.ts'
import { seeded } from '../models/math/random.ts'
import { sharedData } from '../test/support/shared-data.ts'
import type { Bench, Benchmark } from './benchmark.ts'
import { accuracyOf, type Fatigue, scoreAccounts } from './fatigue/accuracy.ts'
import { readFatigue } from './fatigue/read-data.ts'
import { replayed } from './fatigue/replayed.ts'
import { daySpeed } from './fatigue/speed.ts'
import { percentile } from './support/statistics.ts'

/** Creative fatigue: trained on one simulated set, scored on another. */
export const fatigue: Benchmark = {
  name: 'fatigue',
  about: 'creative fatigue: trained on `train_seed1`, scored on `test_seed2` (143,000 creative-days each)',
  // Creative-days that are read of each set; resamples of accounts.
  sizes: { events: 1_000_000, runs: 400 },
  smoke: { events: 9_600, runs: 1 },
  goals: [
    { figure: 'auc', at_least: 0.87 },
    { figure: 'brier_skill', at_least: 0.31 },
    { figure: 'ece', at_most: 0.02 },
    { figure: 'precision', at_least: 0.6 },
    { figure: 'recall', at_least: 0.65 },
    { figure: 'on_time', at_least: 0.5 },
    { figure: 'median_lead_days', at_least: 10 },
    { figure: 'median_lead_days', at_most: 14 },
    { figure: 'in_shocks', at_most: 0.05 },
    { figure: 'day_cpu_s', at_most: 30 },
    { figure: 'day_rss_mb', at_most: 1024 },
    { figure: 'ms_per_creative', at_most: 1 },
  ],
  shows: ['alerts', 'train_cpu_s', 'creatives_scored'],
  async run(bench) {
    const data = sharedData('creative fatigue')
    if (data === undefined) return NO_DATA
    const [training, test] = await Promise.all(
      ['train_seed1', 'test_seed2'].map((name) => readFatigue(join(data, 'fatigue'), name, bench.size('events'))),
    )
    const { figures, model, train_cpu_s } = measure(bench, training!, test!)
    bench.say('scoring a day of 10,000 creatives')
    const speed = daySpeed(model, test!.days, Math.min(10_000, bench.size('events') / 48))
    bench.say('the same without prices, which follow wear more closely in these data than in real auctions')
    const unpriced = measure({ ...bench, size: () => 0 }, withoutSpend(training!), withoutSpend(test!))
    return {
      ...figures,
      train_cpu_s,
      threshold: model.levels.fatigued.thresholds.alert,
      held_out: model.levels.fatigued.record,
      held_out_limited: model.levels.limited.record,
      shipped: replayed(shippedModel().model, test!),
      without_spend: { ...unpriced.figures, intervals: null },
      ...speed,
    }
  },
}

const NO_DATA = {
  ...Object.fromEntries(fatigue.goals.map(({ figure }) => [figure, null])),
  alerts: null,
  train_cpu_s: null,
  creatives_scored: null,
}

/** Trains, scores, and draws accounts anew for 90 % intervals: creatives of one account share its market. */
function measure(bench: Pick<Bench, 'say' | 'size'>, training: Fatigue, test: Fatigue) {
  bench.say(`learning from ${training.days.length} creative-days`)
  const before = process.cpuUsage()
  const model = trainFatigue(training.days, training.fates)
  const { system, user } = process.cpuUsage(before)
  const accounts = scoreAccounts(model, test)
  const figures = accuracyOf(accounts, test.shocks)
  bench.say(JSON.stringify(figures))
  const random = seeded(SEED)
  const resamples = Array.from({ length: bench.size('runs') }, () => {
    const drawn = accounts.map(() => accounts[Math.floor(random() * accounts.length)]!)
    return accuracyOf(drawn, test.shocks)
  })
  const names = Object.keys(figures) as (keyof typeof figures)[]
  const intervals = Object.fromEntries(
    names.map((name) => {
      const values = resamples.map((resample) => resample[name]).filter((value) => value !== null)
      return [name, [percentile(values, 5), percentile(values, 95)]]
    }),
  )
  return { figures: { ...figures, intervals }, model, train_cpu_s: (system + user) / 1e6 }
}

const SEED = 20_260_101

function withoutSpend({ days, ...rest }: Fatigue): Fatigue {
  return { ...rest, days: days.map((day) => ({ ...day, spend: null })) }
}

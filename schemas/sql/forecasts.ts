import { as, CURRENCY, is, text } from './columns.ts'
import type { SqlColumn, SqlView } from './view.ts'

const KEY: readonly SqlColumn[] = [
  is('model', 'name and version of the model'),
  is('scope', "within what the entity's id is unique: a shop's source, or platform and account"),
  CURRENCY,
  is('entity_kind', 'shop, customer, cohort, channel, campaign or creative'),
  is('entity', 'id of the entity; of a cohort the Monday of its week'),
  is('metric', 'what is forecast'),
  is('origin', 'the last local day that was known'),
  is('horizon_days', 'it is about the days after the origin, as many'),
  is('edition', 'above 0 where events of before came late and it was made again'),
  as('watermark', 'watermark', 'how far the source had been read'),
]

/** What is said of the future, and what became of it. */
export const FORECAST_VIEWS: readonly SqlView[] = [
  {
    name: 'forecasts',
    summary: 'Forecasts as they were made, before their truth: of amounts in millionths, or of probabilities.',
    table: 'forecasts',
    rows: 'all',
    columns: [
      ...KEY,
      is('matures_at', 'when it may be scored'),
      is('mean', 'expected amount'),
      ...['05', '10', '50', '90', '95'].map((at) => is(`q${at}`, `the amount is below it with ${Number(at)} %`)),
      is('probability', 'of an event'),
      text('details', 'what else is told, as JSON'),
    ],
  },
  {
    name: 'forecast_scores',
    summary: 'What became of forecasts that matured. A truth that changed later gives a further revision.',
    table: 'forecast_scores',
    rows: 'all',
    columns: [
      ...KEY,
      is('revision', 'the greatest of a forecast counts'),
      is('actual', 'the amount, or 1 where the event came and 0 where it did not'),
      is('probability', 'what was forecast of an event'),
      is('rule', 'pinball or brier; less is better'),
      is('score', 'by this rule'),
      is('naive_score', 'of the naive model'),
      is('covered_80', '1 where the amount lies from q10 to q90'),
      is('covered_90', '1 where it lies from q05 to q95'),
      is('log_ratio', 'ln(actual / mean)'),
    ],
  },
]

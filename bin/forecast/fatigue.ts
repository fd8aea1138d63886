import { type Forecast, HORIZONS } from '../../models/fatigue/model.ts'
import { scoreDays } from '../../models/fatigue/score-days.ts'
import { trainFatigue } from '../../models/fatigue/train.ts'
import type { CommandContext } from '../command.ts'
import { requiredText } from '../flags.ts'
import { UsageError } from '../usage-error.ts'
import { readCreativeDays, readCreativeFates, type WrittenDay } from './read-creatives.ts'

/**
 * `omnify forecast fatigue`: learns from creatives whose fate is known and says of every day of other ones how likely
 * fatigue is within 7 and 14 days, and whether that is an alert. Each day is scored from that day and earlier ones.
 */
export async function forecastFatigueCommand({ flags, signal, stderr, stdout }: CommandContext): Promise<number> {
  const [daily, truth, ...more] = requiredText(flags, 'train').split(',')
  if (!daily || !truth || more.length > 0) throw new UsageError('--train must be two files: DAILY.csv,TRUTH.csv')
  const score = requiredText(flags, 'score')
  const [training, fates, days] = [
    await readCreativeDays(daily),
    await readCreativeFates(truth),
    await readCreativeDays(score),
  ]
  signal.throwIfAborted()
  stderr.write(`learning from ${training.length} days of ${fates.length} creatives\n`)
  const model = trainFatigue(training, fates)
  const { first_alerts } = model.record
  stderr.write(`alerts from ${model.thresholds.alert.toFixed(3)} on: on accounts held out, ${said(first_alerts)}\n`)
  signal.throwIfAborted()
  const forecasts = scoreDays(model, days)
  stdout.write(`account,creative,day,${HORIZONS.map((horizon) => `p${horizon}`).join(',')},alert\n`)
  const lines = days.map((day, i) => lineOf(day, forecasts[i]!))
  if (lines.length > 0) stdout.write(`${lines.join('\n')}\n`)
  return 0
}

function said({ precision, recall }: { readonly precision: number | null; readonly recall: number | null }): string {
  const percent = (share: number | null) => (share === null ? 'unknown' : `${(100 * share).toFixed(1)} %`)
  return `${percent(precision)} of the first alerts were right, ${percent(recall)} of the onsets were seen a week ahead`
}

/** What cannot be forecast says so in both places: no number stands in for one. */
function lineOf({ account, creative, written_day }: WrittenDay, forecast: Forecast): string {
  const numbers =
    forecast.kind === 'insufficient'
      ? ['insufficient', 'insufficient', '0']
      : [forecast.p7.toFixed(6), forecast.p14.toFixed(6), forecast.alert ? '1' : '0']
  return [quoted(account), quoted(creative), written_day, ...numbers].join(',')
}

function quoted(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

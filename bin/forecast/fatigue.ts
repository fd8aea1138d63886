import type { CreativeDay, CreativeFate } from '../../models/fatigue/day.ts'
import { type FatigueModel, type Forecast, HORIZONS } from '../../models/fatigue/model.ts'
import { scoreDays } from '../../models/fatigue/score-days.ts'
import { TooLittleToLearn, trainFatigue } from '../../models/fatigue/train.ts'
import type { CommandContext } from '../command.ts'
import { requiredText } from '../flags.ts'
import { UsageError } from '../usage-error.ts'
import { readCreativeDays, readCreativeFates, type WrittenDay } from './read-creatives.ts'

/**
 * `omnify forecast fatigue`: learns from creatives whose fate is known and says of every day of other ones how likely
 * fatigue is within 7 and 14 days, and whether that is an alert. Each day is scored from that day and earlier ones.
 *
 * @throws Error for a file that cannot be read, or too few accounts and onsets to learn from
 */
export async function forecastFatigueCommand({ flags, signal, stderr, stdout }: CommandContext): Promise<number> {
  const [daily, truth, ...more] = requiredText(flags, 'train').split(',')
  if (!daily || !truth || more.length > 0) throw new UsageError('--train must be two files: DAILY.csv,TRUTH.csv')
  const score = requiredText(flags, 'score')
  const [training, fates, days] = [
    await readCreativeDays(daily, (columns) => stderr.write(without(daily, columns))),
    await readCreativeFates(truth),
    await readCreativeDays(score, (columns) => stderr.write(without(score, columns))),
  ]
  signal.throwIfAborted()
  stderr.write(`learning from ${training.length} days of ${fates.length} creatives\n`)
  const model = trained(training, fates, daily)
  const { first_alerts } = model.record
  stderr.write(`alerts from ${model.thresholds.alert.toFixed(3)} on: on accounts held out, ${said(first_alerts)}\n`)
  signal.throwIfAborted()
  const forecasts = scoreDays(model, days)
  stdout.write(`account,creative,day,${HORIZONS.map((horizon) => `p${horizon}`).join(',')},alert\n`)
  const lines = days.map((day, i) => lineOf(day, forecasts[i]!))
  if (lines.length > 0) stdout.write(`${lines.join('\n')}\n`)
  return 0
}

function without(file: string, columns: readonly string[]): string {
  return `${file} has no ${columns.join(', ')}: forecasts do without\n`
}

/** Too little to learn from lies in the files and not in us: it is told as an error of theirs. */
function trained(days: readonly CreativeDay[], fates: readonly CreativeFate[], file: string): FatigueModel {
  try {
    return trainFatigue(days, fates)
  } catch (error) {
    if (error instanceof TooLittleToLearn) throw new Error(`nothing can be learnt from ${file}: ${error.message}`)
    throw error
  }
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

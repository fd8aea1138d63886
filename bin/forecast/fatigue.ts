import { type Forecast, HORIZONS } from '../../models/fatigue/model.ts'
import { scoreDays } from '../../models/fatigue/score-days.ts'
import type { CommandContext } from '../command.ts'
import { requiredText, text } from '../flags.ts'
import { UsageError } from '../usage-error.ts'
import { heldOutText, learnFatigue } from './learn-fatigue.ts'
import { readCreativeDays, readCreativeFates, type WrittenDay } from './read-creatives.ts'
import { saveFatigue } from './save-fatigue.ts'

/**
 * `omnify forecast fatigue`: learns from creatives whose fate is known and says of every day of other ones how likely
 * fatigue is within 7 and 14 days, and whether that is an alert. Each day is scored from that day and earlier ones. With
 * `--save` it only learns, and writes what it learnt into a file.
 *
 * @throws Error for a file that cannot be read, or too few accounts and onsets to learn from
 */
export async function forecastFatigueCommand({ flags, signal, stderr, stdout }: CommandContext): Promise<number> {
  const [daily, truth, ...more] = requiredText(flags, 'train').split(',')
  if (!daily || !truth || more.length > 0) throw new UsageError('--train must be two files: DAILY.csv,TRUTH.csv')
  const save = text(flags, 'save')
  if (save !== undefined) {
    if (flags.score !== undefined) throw new UsageError('--save and --score exclude each other')
    return saveFatigue({ daily, truth, file: save, stderr, stdout })
  }
  const score = requiredText(flags, 'score')
  const [training, fates, days] = [
    await readCreativeDays(daily, (columns) => stderr.write(without(daily, columns))),
    await readCreativeFates(truth),
    await readCreativeDays(score, (columns) => stderr.write(without(score, columns))),
  ]
  signal.throwIfAborted()
  stderr.write(`learning from ${training.length} days of ${fates.length} creatives\n`)
  const model = learnFatigue(training, fates, daily)
  stderr.write(heldOutText(model))
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

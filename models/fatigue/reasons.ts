import type { Belief } from './belief.ts'
import type { Creative } from './creative.ts'
import { type Evidence, frequencyOf, lastWeek } from './evidence.ts'
import type { Market } from './market.ts'

/** What the field looks for. Null where the data do not say. */
export type Flags = {
  /** Click rate of the last seven days 20 % under its best seven. */
  readonly click_rate_down_20: boolean | null
  /** Impressions per person and day, mean of the last seven days: the frequency of a longer span is higher still. */
  readonly frequency_over_2_5: boolean | null
  readonly frequency_over_3_5: boolean | null
  /** Cost per result of the last seven days 25 % over its best seven. */
  readonly cost_per_result_up_25: boolean | null
}

/** One reason: what was looked at, its value now and at its best, and a sentence for a person. */
export type Reason = {
  readonly of: string
  readonly now: number
  readonly best: number
  readonly text: string
  /** How many times the change is the one at which the field begins to worry. */
  readonly weight: number
}

/** @throws never: what is not known is null, or no reason */
export function flagsOf({ evidence }: Creative): Flags {
  const { best_click_rate, best_cost_per_result } = evidence
  const week = lastWeek(evidence)
  const clicks = ratio(ratio(week.clicks, week.market_impressions), best_click_rate)
  const cost = ratio(ratio(week.spend, week.conversions), best_cost_per_result)
  const frequency = frequencyOf(evidence)
  return {
    click_rate_down_20: clicks === null ? null : clicks <= 0.8,
    frequency_over_2_5: frequency === null ? null : frequency > 2.5,
    frequency_over_3_5: frequency === null ? null : frequency > 3.5,
    cost_per_result_up_25: cost === null ? null : cost >= 1.25,
  }
}

/** The reasons for a forecast, the strongest first; only those that point towards wear. */
export function reasonsOf(creative: Creative, belief: Belief, market: Market): Reason[] {
  const { evidence } = creative
  const week = lastWeek(evidence)
  const reasons = [
    fell('click_rate', ratio(week.clicks, week.market_impressions), evidence.best_click_rate, 0.2, (now, best, by) => {
      const index = Math.exp(market.value) - 1
      const taken = Math.abs(index) < 0.005 ? '' : `, the account's own ${signed(index)} taken out`
      return `click rate ${percent(now)} over 7 days, ${by} under its best week (${percent(best)})${taken}`
    }),
    fell('hook_rate', ratio(week.hook_views, week.hook_impressions), evidence.best_hook_rate, 0.2, (now, best, by) => {
      return `${percent(now)} watched 3 seconds, ${by} under its best week (${percent(best)})`
    }),
    rose(
      'cost_per_result',
      ratio(week.spend, week.conversions),
      evidence.best_cost_per_result,
      0.25,
      (now, best, by) => `cost per result ${money(now)} over 7 days, ${by} over its best week (${money(best)})`,
    ),
    seenOften(evidence),
    rose('wear', Math.exp(belief.wear), 1, 0.25, (now) => {
      const by_age = belief.by_age > Math.max(belief.by_exposure, belief.by_slump)
      const cause =
        belief.by_slump > belief.by_exposure ? 'a slump has begun' : by_age ? 'its age' : 'how often it was seen'
      return `by its rates it costs about ${now.toFixed(2)}× its best already; most likely cause: ${cause}`
    }),
  ]
  return reasons
    .filter((reason) => reason !== null)
    .filter(({ weight }) => weight >= LEAST_WEIGHT)
    .sort((a, b) => b.weight - a.weight || (a.of < b.of ? -1 : 1))
}

/** Smaller changes happen every week. */
const LEAST_WEIGHT = 0.3

type Text = (now: number, best: number, by: string) => string

function fell(of: string, now: number | null, best: number | null, worry: number, text: Text): Reason | null {
  const share = ratio(now, best)
  if (share === null) return null
  return { of, now: now!, best: best!, weight: (1 - share) / worry, text: text(now!, best!, percent(1 - share)) }
}

function rose(of: string, now: number | null, best: number | null, worry: number, text: Text): Reason | null {
  const share = ratio(now, best)
  if (share === null) return null
  return { of, now: now!, best: best!, weight: (share - 1) / worry, text: text(now!, best!, percent(share - 1)) }
}

function seenOften(evidence: Evidence): Reason | null {
  const now = frequencyOf(evidence)
  if (now === null) return null
  const text = `seen ${now.toFixed(2)} times a day by each person it reached, mean of 7 days`
  return { of: 'frequency', now, best: 1, weight: (now - 1) / (WORRYING_FREQUENCY - 1), text }
}

const WORRYING_FREQUENCY = 2.5

function ratio(above: number | null, below: number | null): number | null {
  return above !== null && below !== null && below > 0 ? above / below : null
}

function percent(share: number): string {
  return `${(100 * share).toPrecision(3)} %`
}

function signed(share: number): string {
  return `${share > 0 ? '+' : '−'}${percent(Math.abs(share))}`
}

function money(amount: number): string {
  return amount.toFixed(2)
}

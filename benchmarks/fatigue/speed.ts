import { type Account, followDay, openAccount } from '../../models/fatigue/account.ts'
import { byAccountAndDay, type CreativeDay } from '../../models/fatigue/day.ts'
import { type FatigueModel, forecast } from '../../models/fatigue/model.ts'

/**
 * One day's score with the history loaded before: accounts of the test set, as they stood on their hundredth day, are
 * repeated until there are enough creatives. CPU seconds, and the memory that the process has then.
 */
export function daySpeed(model: FatigueModel, days: readonly CreativeDay[], creatives_least: number) {
  const sources = [...byAccountAndDay(days).values()]
  const loaded: { account: Account; today: readonly CreativeDay[] }[] = []
  let creatives = 0
  for (let i = 0; creatives < creatives_least; i++) {
    const source = sources[i % sources.length]!
    const account = openAccount()
    const history = source.slice(0, DAY)
    for (const rows of history.slice(0, -1)) followDay(account, rows, model.structure, () => {})
    const today = history.at(-1)!
    loaded.push({ account, today })
    creatives += today.length
  }
  const before = process.cpuUsage()
  let alerts = 0
  for (const { account, today } of loaded) {
    followDay(account, today, model.structure, (_, creative, belief, market) => {
      const answer = forecast(model, creative, belief, market)
      if (answer.kind === 'forecast' && answer.alert) alerts++
    })
  }
  const { system, user } = process.cpuUsage(before)
  const cpu_s = (system + user) / 1e6
  return {
    creatives_scored: creatives,
    creatives_alerted: alerts,
    day_cpu_s: cpu_s,
    ms_per_creative: (1000 * cpu_s) / creatives,
    day_rss_mb: Math.round(process.memoryUsage.rss() / 2 ** 20),
  }
}

const DAY = 100

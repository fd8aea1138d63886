import type { CreativeDay, CreativeFate } from '../../../../models/fatigue/day.ts'
import { drawNormal } from '../../../../models/math/draw.ts'
import { seeded } from '../../../../models/math/random.ts'

export type Simulated = { readonly days: CreativeDay[]; readonly fates: CreativeFate[] }

/** Accounts whose creatives wear out by age, each at a pace of its own, or not at all; and when each was fatigued. */
export function simulate(seed: number, accounts = 6, creatives = 12, length = 90): Simulated {
  const random = seeded(seed)
  const days: CreativeDay[] = []
  const fates: CreativeFate[] = []
  for (let a = 0; a < accounts; a++) {
    const market = autoregressive(length, 0.9, 0.1, random)
    const prices = autoregressive(length, 0.9, 0.1, random)
    for (let c = 0; c < creatives; c++) {
      const launch_day = Math.floor(random() * (length - 40))
      const end_day = Math.min(length, launch_day + 40 + Math.floor(random() * 40))
      const pace = random() < 0.4 ? 0 : 0.012 + 0.03 * random()
      const is_video = random() < 0.6
      const impressions = Math.round(Math.exp(8.5 + drawNormal(random)))
      const drift = autoregressive(length, 0.88, 0.06, random)
      const id = { account: `a${a}`, creative: `c${c}` }
      for (let day = launch_day; day < end_day; day++) {
        const age = day - launch_day
        const wear = pace * Math.max(0, age - 3)
        const shown = Math.max(100, Math.round(impressions * Math.exp(0.1 * drawNormal(random))))
        const clicks = count(shown * 0.012 * Math.exp(market[day]! + drift[day]! - 0.65 * wear), random)
        days.push({
          ...id,
          day,
          age,
          impressions: shown,
          reach_cum: Math.round(400_000 * -Math.expm1((-impressions * (age + 1)) / 400_000)),
          clicks,
          conversions: count(clicks * 0.04 * Math.exp(-0.25 * wear), random),
          hook_views: is_video ? count(shown * 0.2 * Math.exp(0.5 * drift[day]! - 0.5 * wear), random) : null,
          spend: Math.round(2 * shown * Math.exp(prices[day]! + 0.09 * wear + 0.002 * drawNormal(random))) / 100,
        })
      }
      const onset = (level: number) => {
        const age = pace === 0 ? Number.POSITIVE_INFINITY : 3 + Math.ceil(Math.log(level) / pace) + 2
        return age < end_day - launch_day ? age : null
      }
      fates.push({ ...id, launch_day, end_day, onset_age_2x: onset(2), onset_age_1p5x: onset(1.5) })
    }
  }
  return { days, fates }
}

function autoregressive(length: number, correlation: number, deviation: number, random: () => number): number[] {
  let value = deviation * drawNormal(random)
  const step = deviation * Math.sqrt(1 - correlation * correlation)
  return Array.from({ length }, () => {
    value = correlation * value + step * drawNormal(random)
    return value
  })
}

function count(mean: number, random: () => number): number {
  return Math.max(0, Math.round(mean + Math.sqrt(mean) * drawNormal(random)))
}

import { BEST_DAYS, CONFIRM_DAYS, type CreativeDay, type CreativeFate, FATIGUED, idOf } from './day.ts'

/**
 * How much of the wear of cost per result (a log) shows as a fall of the log click rate and of the log hook rate, and as
 * a rise of the log price of impressions.
 */
export type Loadings = { readonly clicks: number; readonly hooks: number; readonly costs: number }

/**
 * Where training has too few onsets to tell. Prices always: on the training accounts those of creatives whose cost per
 * result had doubled had risen by 0.088 to 0.093 of ln 2 against creatives of the same account that do not wear out.
 */
const USUAL: Loadings = { clicks: 0.65, hooks: 0.53, costs: 0.09 }

/**
 * By the onset of fatigue cost per result is twice its best: what the rates have fallen by then, over ln 2. Onsets do not
 * depend on the noise of the rates, so the means over creatives are not biased by having been chosen.
 */
export function learnLoadings(
  days: ReadonlyMap<string, readonly CreativeDay[]>,
  fates: readonly CreativeFate[],
): Loadings {
  const clicks = { fallen: 0, unfallen: 0 }
  const hooks = { fallen: 0, unfallen: 0 }
  let onsets = 0
  for (const fate of fates) {
    const { onset_age_2x: onset } = fate
    const rows = days.get(idOf(fate)) ?? []
    if (onset === null || onset < BEST_DAYS + CONFIRM_DAYS + 3) continue
    const best = rows.filter(({ age }) => age < BEST_DAYS)
    // The days on which the level was reached, and two either side: the middle of them is where it was.
    const reached = rows.filter(({ age }) => Math.abs(age - (onset - CONFIRM_DAYS)) <= 2)
    if (best.length < BEST_DAYS || reached.length < 3) continue
    onsets++
    add(clicks, best, reached, 'clicks')
    add(hooks, best, reached, 'hook_views')
  }
  if (onsets < ONSETS_LEAST) return USUAL
  return { clicks: loading(clicks, USUAL.clicks), hooks: loading(hooks, USUAL.hooks), costs: USUAL.costs }
}

const ONSETS_LEAST = 30

type Fall = { fallen: number; unfallen: number }

/** Ratios of sums, each creative counting by its clicks up to fifty: logs of small counts would be biased. */
function add(
  to: Fall,
  best: readonly CreativeDay[],
  now: readonly CreativeDay[],
  count: 'clicks' | 'hook_views',
): void {
  const before = sums(best, count)
  const after = sums(now, count)
  if (before.count < 3 || before.impressions === 0 || after.impressions === 0) return
  const weight = Math.min(before.count, COUNT_MOST) / before.count
  to.fallen += after.count * weight
  to.unfallen += (after.impressions * before.count * weight) / before.impressions
}

const COUNT_MOST = 50

function sums(rows: readonly CreativeDay[], name: 'clicks' | 'hook_views') {
  let count = 0
  let impressions = 0
  for (const row of rows) {
    const value = row[name]
    if (value === null || value < 0) continue
    count += value
    impressions += row.impressions
  }
  return { count, impressions }
}

function loading({ fallen, unfallen }: Fall, usual: number): number {
  if (fallen <= 0 || unfallen <= 0) return usual
  return Math.min(1.2, Math.max(0.1, -Math.log(fallen / unfallen) / FATIGUED))
}

import type { Parent } from '../../../models/anomaly/counts/expectation.ts'
import { GRAINS, type Grain, slotOf } from './grain.ts'
import type { Incident } from './incident.ts'
import { groupOfSeries, METRICS, partsOf, related } from './scope.ts'
import { LUCK_VARIANCE } from './score.ts'
import type { TenantState } from './state.ts'

/**
 * Takes back what the hours between the onset of an incident and its opening have taught: nobody knew of it then, and a
 * level that has sunk would be expected of the hours after it, and no silence be news any more after an outage.
 */
export function unlearn(
  state: TenantState,
  { grain, onset_ms, scope }: Pick<Incident, 'grain' | 'onset_ms' | 'scope'>,
) {
  const { keeps, ms } = GRAINS[grain]
  for (const [series, at] of state.book.places) {
    const parts = partsOf(series)
    if (!related(scope, parts.scope)) continue
    const { offset_ms = 0 } = state.groups.get(groupOfSeries(parts.metric, parts.scope)) ?? {}
    const when = (bucket: number) => ({
      slot: slotOf(grain, bucket * ms + offset_ms),
      factor: 1,
      factor_variance: LUCK_VARIANCE,
    })
    const parent = parentOf(state, grain, at, METRICS.indexOf(parts.metric), parts.scope)
    state.book.unlearn(at, Math.floor(onset_ms / ms), when, parent, keeps)
  }
}

/** What a series was learnt with: its nearest parent's profile, or its own day. */
function parentOf({ book }: TenantState, grain: Grain, at: number, metric: number, scope: string): Parent {
  const { above, isAccount } = book.seriesOf(scope)
  const { weeks } = GRAINS[grain]
  if (isAccount && book.isKnown(at, false, weeks)) return book.day(at)
  const nearest = above.map((one) => book.seriesOf(one).at[metric]!).find((one) => one !== -1)
  return nearest === undefined || !book.isKnown(nearest, false, weeks) ? book.day(at) : book.profile(nearest)
}

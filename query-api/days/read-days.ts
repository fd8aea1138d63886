import type { RequestOptions } from '../../pipelines/store/client.ts'
import { COMMERCE_SLICE } from '../../schemas/windows.ts'
import type { Scope } from '../metrics/group.ts'
import type { Plan } from '../metrics/plan.ts'
import type { Groups } from '../metrics/read.ts'
import type { HeldDays } from './held-days.ts'
import type { DayPage } from './page.ts'
import { shapeFor } from './shapes.ts'
import { sumsOfDays } from './sum.ts'

/** What the sums of a question are, and what there is in its ranges, any filter aside. */
export type DaysRead = {
  /** One per scope. */
  readonly sums: readonly Groups[]
  readonly slices: readonly string[]
  /** With deliveries. */
  readonly platforms: readonly string[]
}

/**
 * Answers the sums of a question from days that are held.
 *
 * @returns undefined where the store has to answer
 * @throws StoreError
 */
export async function readDays(
  held: HeldDays,
  plan: Plan,
  scopes: readonly Scope[],
  request: () => RequestOptions,
): Promise<DaysRead | undefined> {
  const shape = shapeFor(plan)
  if (shape === undefined) return undefined
  const pages: (readonly DayPage[])[] = []
  for (const { range, tenant } of scopes) {
    const days = await held.days(tenant, shape, range, request)
    if (days === undefined) return undefined
    pages.push(days)
  }
  const [slices, platforms] = [new Set([COMMERCE_SLICE]), new Set<string>()]
  for (const page of pages.flat()) {
    for (const slice of page.slices.values) slices.add(slice)
    for (const platform of page.platforms) platforms.add(platform)
  }
  const known = [...slices].toSorted()
  const sums = scopes.map((scope, i) => sumsOfDays(plan, scope, shape, pages[i]!, known))
  return sums.every((groups) => groups !== undefined) ? { sums, slices: known, platforms: [...platforms] } : undefined
}

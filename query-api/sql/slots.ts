import { ApiError } from '../problem.ts'

/**
 * Places for statements that run, so that neither one tenant nor all of them together take the store away from the
 * pipelines. Who finds none is sent away at once: waiting here would only hide that the limit was reached.
 */
export function makeSlots(per_tenant_max: number, all_max: number): (tenant: string) => Slot {
  const running = new Map<string, number>()
  let all = 0
  return (tenant) => {
    const own = running.get(tenant) ?? 0
    if (own >= per_tenant_max)
      throw new ApiError('rate_limited', `${per_tenant_max} statements of yours are running: that is the limit`)
    if (all >= all_max) throw new ApiError('rate_limited', 'too many statements are running now')
    running.set(tenant, own + 1)
    all += 1
    let held = true
    return {
      release() {
        if (!held) return
        held = false
        all -= 1
        const left = running.get(tenant)! - 1
        if (left === 0) running.delete(tenant)
        else running.set(tenant, left)
      },
    }
  }
}

export type Slot = {
  /** Gives the place back; more than once does nothing. */
  release(): void
}

import { ApiError } from '../problem.ts'

/**
 * Places for statements that run, so that neither one tenant nor all of them together take the store away from the
 * pipelines. Who finds none is sent away at once, or after the patience it states: a tool draws a page of ten charts with
 * ten statements at once, and none of them is one too many.
 */
export function makeSlots(per_tenant_max: number, all_max: number): Slots {
  const running = new Map<string, number>()
  const waiting = new Set<Waiting>()
  let all = 0

  function refusal(tenant: string): ApiError | undefined {
    if ((running.get(tenant) ?? 0) >= per_tenant_max)
      return new ApiError('rate_limited', `${per_tenant_max} statements of yours are running: that is the limit`)
    if (all >= all_max) return new ApiError('rate_limited', 'too many statements are running now')
    return undefined
  }

  function take(tenant: string): Slot {
    running.set(tenant, (running.get(tenant) ?? 0) + 1)
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
        // In the order in which they came, as far as their tenants may.
        for (const next of waiting) if (refusal(next.tenant) === undefined) next.enter()
      },
    }
  }

  return async (tenant, patience_ms = 0, signal) => {
    const refused = refusal(tenant)
    if (refused === undefined) return take(tenant)
    const before = [...waiting].filter((other) => other.tenant === tenant).length
    if (patience_ms === 0 || before >= WAITING_PER_TENANT_MAX) throw refused
    return new Promise((resolve, reject) => {
      const leave = () => {
        waiting.delete(next)
        clearTimeout(timer)
        signal?.removeEventListener('abort', give_up)
      }
      const give_up = () => {
        leave()
        reject(refused)
      }
      const next: Waiting = {
        tenant,
        enter() {
          leave()
          resolve(take(tenant))
        },
      }
      const timer = setTimeout(give_up, patience_ms)
      signal?.addEventListener('abort', give_up, { once: true })
      waiting.add(next)
    })
  }
}

/**
 * @param patience_ms  how long to wait for a place; 0 when not given
 * @param signal  ends the wait
 * @throws ApiError `rate_limited`
 */
export type Slots = (tenant: string, patience_ms?: number, signal?: AbortSignal) => Promise<Slot>

export type Slot = {
  /** Gives the place back; more than once does nothing. */
  release(): void
}

type Waiting = { readonly tenant: string; enter(): void }

const WAITING_PER_TENANT_MAX = 50

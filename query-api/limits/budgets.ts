import type { Clock } from '../../pipelines/clock.ts'
import { type TenantLimits, WINDOW_MS } from './tenant-limits.ts'

export type Budgets = {
  /** Counts a request in, or says why it must wait. */
  enter(tenant: string): Stay | Full
}

/** A request that is being answered. */
export type Stay = {
  /** What the store did for it; what passes a limit is counted, and the next request waits. */
  charge(rows: number, cpu_seconds: number): void
  /** Counts the request out; more than once does nothing. */
  leave(): void
  /** The headers `RateLimit-Policy` and `RateLimit`, as of now. */
  headers(): Readonly<Record<string, string>>
}

export type Full = {
  readonly detail: string
  /** After how many seconds there is room again; of concurrent requests nobody knows, so soon. */
  readonly after_s: number
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Limits of tenants, counted by the minute that begins with a tenant's first request: the next one after its end begins
 * another.
 *
 * @param clock  in ms, never going back
 */
export function makeBudgets(limits: TenantLimits, clock: Clock): Budgets {
  const uses = new Map<string, Use>()
  const policy = policyOf(limits)

  function useOf(tenant: string): Use {
    const now_ms = clock()
    let use = uses.get(tenant)
    if (use === undefined) {
      if (uses.size >= TENANTS_MAX) forgetIdle(uses, now_ms)
      use = { running: 0, began_ms: now_ms, requests: 0, rows: 0, cpu_seconds: 0 }
      uses.set(tenant, use)
    }
    if (now_ms - use.began_ms >= WINDOW_MS)
      Object.assign(use, { began_ms: now_ms, requests: 0, rows: 0, cpu_seconds: 0 })
    return use
  }

  function headersOf(tenant: string): Record<string, string> {
    const use = useOf(tenant)
    const t = secondsLeft(use, clock())
    const left = (name: MinuteLimit) => Math.max(0, Math.floor(limits[name] - use[name]))
    const items = MINUTE_LIMITS.map(({ name, shown }) => `"${shown}";r=${left(name)};t=${t}`)
    const free = Math.max(0, limits.concurrent - use.running)
    return { 'ratelimit-policy': policy, ratelimit: [...items, `"concurrent";r=${free}`].join(', ') }
  }

  return {
    enter(tenant) {
      const use = useOf(tenant)
      const full = fullOf(use, limits, clock())
      if (full !== undefined) return { ...full, headers: headersOf(tenant) }
      use.requests += 1
      use.running += 1
      let here = true
      return {
        charge(rows, cpu_seconds) {
          const now = useOf(tenant)
          now.rows += rows
          now.cpu_seconds += cpu_seconds
        },
        leave() {
          if (here) use.running -= 1
          here = false
        },
        headers: () => headersOf(tenant),
      }
    },
  }
}

type Use = { running: number; began_ms: number; requests: number; rows: number; cpu_seconds: number }

type MinuteLimit = Exclude<keyof TenantLimits, 'concurrent'>

/**
 * The names and units of the policies (draft-ietf-httpapi-ratelimit-headers-10, 2). Its registry has units for requests
 * and for concurrent ones; the other two are our own.
 */
const MINUTE_LIMITS: readonly { name: MinuteLimit; shown: string; unit: string; words: string }[] = [
  { name: 'requests', shown: 'requests', unit: 'requests', words: 'requests' },
  { name: 'rows', shown: 'rows-read', unit: 'rows-read', words: 'rows read by the store' },
  { name: 'cpu_seconds', shown: 'cpu', unit: 'cpu-seconds', words: 'seconds of processor time in the store' },
]

function policyOf(limits: TenantLimits): string {
  const minutes = MINUTE_LIMITS.map(
    ({ name, shown, unit }) => `"${shown}";q=${limits[name]};qu="${unit}";w=${WINDOW_MS / 1_000}`,
  )
  return [...minutes, `"concurrent";q=${limits.concurrent};qu="concurrent-requests"`].join(', ')
}

function fullOf(use: Use, limits: TenantLimits, now_ms: number): Omit<Full, 'headers'> | undefined {
  if (use.running >= limits.concurrent)
    return { detail: `${limits.concurrent} requests of yours are being answered: that is the limit`, after_s: 1 }
  const passed = MINUTE_LIMITS.find(({ name }) => use[name] >= limits[name])
  if (passed === undefined) return undefined
  const detail = `the limit of ${limits[passed.name]} ${passed.words} a minute is reached`
  return { detail, after_s: secondsLeft(use, now_ms) }
}

function secondsLeft({ began_ms }: Use, now_ms: number): number {
  return Math.max(1, Math.ceil((began_ms + WINDOW_MS - now_ms) / 1_000))
}

function forgetIdle(uses: Map<string, Use>, now_ms: number): void {
  for (const [tenant, use] of uses) if (use.running === 0 && now_ms - use.began_ms >= WINDOW_MS) uses.delete(tenant)
}

/** Above it those are forgotten who ask nothing. */
const TENANTS_MAX = 10_000

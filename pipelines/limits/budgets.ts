import type { Clock } from '../clock.ts'

export type Budgets = {
  /** Counts a request in, or says why it must wait. */
  enter(tenant: string): Stay | Full
}

/** What one tenant may ask of one process. */
export type Limits = {
  /** Requests that are answered at the same time. */
  readonly concurrent: number
  /** By name, what is counted; `requests` are counted as they enter, the rest as it is charged. */
  readonly a_minute: Readonly<Record<'requests', MinuteLimit>> & Readonly<Record<string, MinuteLimit>>
}

/** `policy` and `unit` stand in headers, `words` in errors. */
export type MinuteLimit = {
  readonly max: number
  readonly policy: string
  readonly unit: string
  readonly words: string
}

/** A request that is being answered. */
export type Stay = {
  /** What was done for it, by the names of the limits; what passes one is counted, and the next request waits. */
  charge(amounts: Readonly<Record<string, number>>): void
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
export function makeBudgets(limits: Limits, clock: Clock): Budgets {
  const uses = new Map<string, Use>()
  const names = Object.keys(limits.a_minute)
  const policy = policyOf(limits)

  function useOf(tenant: string): Use {
    const now_ms = clock()
    let use = uses.get(tenant)
    if (use === undefined) {
      if (uses.size >= TENANTS_MAX) forgetIdle(uses, now_ms)
      use = { running: 0, began_ms: now_ms, used: new Map() }
      uses.set(tenant, use)
    }
    if (now_ms - use.began_ms >= WINDOW_MS) Object.assign(use, { began_ms: now_ms, used: new Map() })
    return use
  }

  function headersOf(tenant: string): Record<string, string> {
    const use = useOf(tenant)
    const t = secondsLeft(use, clock())
    const left = (name: string) => Math.max(0, Math.floor(limits.a_minute[name]!.max - usedOf(use, name)))
    const items = names.map((name) => `"${limits.a_minute[name]!.policy}";r=${left(name)};t=${t}`)
    const free = Math.max(0, limits.concurrent - use.running)
    return { 'ratelimit-policy': policy, ratelimit: [...items, `"concurrent";r=${free}`].join(', ') }
  }

  return {
    enter(tenant) {
      const use = useOf(tenant)
      const full = fullOf(use, limits, clock())
      if (full !== undefined) return { ...full, headers: headersOf(tenant) }
      add(use, 'requests', 1)
      use.running += 1
      let here = true
      return {
        charge(amounts) {
          const now = useOf(tenant)
          for (const [name, amount] of Object.entries(amounts)) add(now, name, amount)
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

type Use = { running: number; began_ms: number; used: Map<string, number> }

function usedOf({ used }: Use, name: string): number {
  return used.get(name) ?? 0
}

function add(use: Use, name: string, amount: number): void {
  use.used.set(name, usedOf(use, name) + amount)
}

/** `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10, 2). Its registry has units for requests and concurrent ones. */
function policyOf({ a_minute, concurrent }: Limits): string {
  const minutes = Object.values(a_minute).map(
    ({ max, policy, unit }) => `"${policy}";q=${max};qu="${unit}";w=${WINDOW_MS / 1_000}`,
  )
  return [...minutes, `"concurrent";q=${concurrent};qu="concurrent-requests"`].join(', ')
}

function fullOf(use: Use, { a_minute, concurrent }: Limits, now_ms: number): Omit<Full, 'headers'> | undefined {
  if (use.running >= concurrent)
    return { detail: `${concurrent} requests of yours are being answered: that is the limit`, after_s: 1 }
  const passed = Object.entries(a_minute).find(([name, { max }]) => usedOf(use, name) >= max)?.[1]
  if (passed === undefined) return undefined
  return {
    detail: `the limit of ${passed.max} ${passed.words} a minute is reached`,
    after_s: secondsLeft(use, now_ms),
  }
}

function secondsLeft({ began_ms }: Use, now_ms: number): number {
  return Math.max(1, Math.ceil((began_ms + WINDOW_MS - now_ms) / 1_000))
}

function forgetIdle(uses: Map<string, Use>, now_ms: number): void {
  for (const [tenant, use] of uses) if (use.running === 0 && now_ms - use.began_ms >= WINDOW_MS) uses.delete(tenant)
}

/** Above it those are forgotten who ask nothing. */
const TENANTS_MAX = 10_000
/** What limits are counted by. */
const WINDOW_MS = 60_000

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Budgets, Full, Stay } from '../../../pipelines/limits/budgets.ts'
import { questionBudgets } from '../../../query-api/limits/tenant-limits.ts'

const limits = { concurrent: 2, requests: 5, rows: 1_000, cpu_seconds: 3 }

function open() {
  let now_ms = 10_000
  const budgets = questionBudgets(limits, () => now_ms)
  return { budgets, later: (ms: number) => (now_ms += ms) }
}

const entered = (budgets: Budgets, tenant: string): Stay => {
  const stay = budgets.enter(tenant)
  if ('detail' in stay) throw new Error(stay.detail)
  return stay
}
const refused = (budgets: Budgets, tenant: string): Full => {
  const stay = budgets.enter(tenant)
  if (!('detail' in stay)) throw new Error('it was let in')
  return stay
}

describe('limits of a tenant', () => {
  it('of concurrent requests, given back once each', () => {
    const { budgets } = open()
    const [first] = [entered(budgets, 'a'), entered(budgets, 'a')]
    expect(refused(budgets, 'a')).toMatchObject({ after_s: 1, detail: expect.stringContaining('2 requests') })
    entered(budgets, 'b')
    first!.leave()
    first!.leave()
    entered(budgets, 'a')
    refused(budgets, 'a')
  })

  it('of requests, rows and processor time a minute, each until the minute is over', () => {
    for (const [spend, words] of [
      [(stay: Stay) => stay.charge({}), '5 requests'],
      [(stay: Stay) => stay.charge({ rows: 400 }), '1000 rows'],
      [(stay: Stay) => stay.charge({ cpu_seconds: 1.5 }), '3 seconds of processor time'],
    ] as const) {
      const { budgets, later } = open()
      let served = 0
      let full: Full | undefined
      for (; full === undefined && served < 10; ) {
        const stay = budgets.enter('a')
        if ('detail' in stay) full = stay
        else {
          served += 1
          spend(stay)
          stay.leave()
          later(1_000)
        }
      }
      expect(full!.detail).toContain(words)
      expect(full!.after_s).toBe(60 - served)
      later(full!.after_s * 1_000 - 1)
      refused(budgets, 'a')
      later(1)
      entered(budgets, 'a')
    }
  })

  it('are told in the headers', () => {
    const { budgets, later } = open()
    const stay = entered(budgets, 'a')
    stay.charge({ rows: 300, cpu_seconds: 0.5 })
    later(20_000)
    expect(stay.headers()).toEqual({
      'ratelimit-policy':
        '"requests";q=5;qu="requests";w=60, "rows-read";q=1000;qu="rows-read";w=60, "cpu";q=3;qu="cpu-seconds";w=60, "concurrent";q=2;qu="concurrent-requests"',
      ratelimit: '"requests";r=4;t=40, "rows-read";r=700;t=40, "cpu";r=2;t=40, "concurrent";r=1',
    })
    stay.charge({ rows: 5_000, cpu_seconds: 9 })
    expect(refused(budgets, 'a').headers.ratelimit).toContain('"rows-read";r=0;t=40, "cpu";r=0;t=40')
  })

  it('hold whatever the order of comings, goings and costs', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 900 })), { maxLength: 60 }), (steps) => {
        const { budgets, later } = open()
        const stays: Stay[] = []
        let in_window = 0
        let waited_ms = 0
        for (const [kind, amount] of steps) {
          if (kind === 0) {
            const stay = budgets.enter('a')
            if (!('detail' in stay)) {
              stays.push(stay)
              in_window += 1
            }
          } else if (kind === 1) stays.pop()?.leave()
          else if (kind === 2) stays[0]?.charge({ rows: amount, cpu_seconds: amount / 1_000 })
          else {
            later(amount * 10)
            waited_ms += amount * 10
            // A new minute begins at most this often.
            if (waited_ms >= 60_000) [waited_ms, in_window] = [0, 0]
          }
          if (stays.length > limits.concurrent) return false
          if (in_window > 2 * limits.requests) return false
        }
        return true
      }),
    )
  })
})

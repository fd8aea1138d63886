import { expect, it } from 'vitest'
import { makeCpuShares } from '../../../../pipelines/store/embedded/cpu-shares.ts'

it('shares processor time out among those that run, and loses none of it', async () => {
  let cpu_us = 1_000
  const shares = makeCpuShares(() => cpu_us)
  cpu_us += 500 // Nobody runs: nobody pays.
  const [a, b, c] = [Promise.withResolvers<object>(), Promise.withResolvers<object>(), Promise.withResolvers<object>()]
  const first = shares.measure(() => a.promise)
  cpu_us += 100
  const second = shares.measure(() => b.promise)
  cpu_us += 60
  a.resolve({ rows: 1 })
  expect(await first).toEqual({ rows: 1, cpu_us: 130 })
  const third = shares.measure(() => c.promise)
  third.catch(() => {})
  cpu_us += 40
  c.reject(new Error('stopped'))
  await expect(third).rejects.toThrow('stopped')
  cpu_us += 7
  b.resolve({})
  expect(await second).toEqual({ cpu_us: 30 + 20 + 7 })
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { usageOf, watchUsage } from '../../../benchmarks/support/usage.ts'

test('samples the memory and the CPU of a process until it is gone', async () => {
  const script =
    'const held = Buffer.alloc(150e6, 1); while (process.cpuUsage().user < 400_000); process.stdout.write(String(held.length)); setInterval(() => {}, 1e6)'
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const watched = watchUsage(async () => child.pid!, { whole: true })
  await once(child.stdout, 'data')
  await new Promise((resolve) => setTimeout(resolve, 300))
  const { cpu_s, rss_peak_mb } = watched.stop()
  expect(rss_peak_mb).toBeGreaterThan(143)
  expect(cpu_s).toBeGreaterThan(0.2)
  expect(await usageOf(child.pid!)).toMatchObject({ cpu_s: expect.any(Number) })
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await usageOf(child.pid!)).toBe(null)
})

test('says null where there was nothing to sample', () => {
  expect(watchUsage(async () => null, { whole: true }).stop()).toEqual({ cpu_s: null, rss_peak_mb: null })
})

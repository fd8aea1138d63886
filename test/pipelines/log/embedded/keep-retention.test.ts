import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { keepRetention } from '../../../../pipelines/log/embedded/keep-retention.ts'
import { LogError } from '../../../../pipelines/log/port.ts'

it('goes on after a failure, which it tells, and ends with the log', async () => {
  const asked: number[] = []
  const told: string[] = []
  const answers = [
    Promise.resolve({ segments: 1, bytes: 10 }),
    Promise.reject(new Error('EACCES')),
    Promise.resolve({ segments: 0, bytes: 0 }),
    Promise.reject(new LogError('log_closed', 'the log is closed')),
  ]
  for (const answer of answers) answer.catch(() => undefined)
  const log = {
    applyRetention(now_ms: number) {
      asked.push(now_ms)
      return answers[asked.length - 1] ?? Promise.reject(new Error('asked after the end'))
    },
  }
  keepRetention(
    log,
    () => 1_000 + asked.length,
    (error) => told.push(error.message),
    2,
  )
  await expect.poll(() => asked).toEqual([1_000, 1_001, 1_002, 1_003])
  await sleep(20)
  expect(asked).toHaveLength(4)
  expect(told).toEqual(['EACCES'])
})

import { describe, expect, it } from 'vitest'
import { steadyClock } from '../../../pipelines/clock.ts'
import { LogError } from '../../../pipelines/log/port.ts'
import { runStages } from '../../../pipelines/stages/run.ts'
import type { Stage, StageDeps } from '../../../pipelines/stages/stage.ts'
import { StoreError } from '../../../pipelines/store/errors.ts'

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))

function rig(...stages: Stage[]) {
  const warnings: string[] = []
  const logger = { info: () => undefined, warn: (text: string) => warnings.push(text), error: () => undefined }
  const stop = new AbortController()
  const running = runStages(stages, { steady: steadyClock, logger } as unknown as StageDeps, stop.signal)
  return { running, stop, warnings }
}

describe('stages', () => {
  it('run anew when a dependency failed, while the others go on', async () => {
    let runs = 0
    let others = 0
    const { running, stop, warnings } = rig(
      {
        name: 'shaky',
        async run(_deps, signal) {
          runs++
          if (runs === 1) throw new StoreError('unavailable', 0, 'the store is away')
          if (runs === 2) throw new LogError('log_unavailable', 'the log is away')
          stop.abort()
          if (!signal.aborted) await untilAborted(signal)
        },
      },
      {
        name: 'steady',
        async run(_deps, signal) {
          others++
          await untilAborted(signal)
        },
      },
    )
    await running
    expect(runs).toBe(3)
    expect(others).toBe(1)
    expect(warnings).toEqual(['shaky goes on in 0.5 s: the store is away', 'shaky goes on in 1 s: the log is away'])
  })

  it.each([
    ['a mistake of ours', new TypeError('x is not a function')],
    ['what the store will never take', new StoreError('rejected', 62, 'syntax error')],
    ['a log that is corrupt', new LogError('log_corrupt', 'a frame is damaged')],
  ])('all end with %s', async (_name, error) => {
    let stopped = false
    const { running } = rig(
      { name: 'broken', run: () => Promise.reject(error) },
      {
        name: 'steady',
        async run(_deps, signal) {
          if (!signal.aborted) await untilAborted(signal)
          stopped = true
        },
      },
    )
    await expect(running).rejects.toBe(error)
    expect(stopped).toBe(true)
  })

  it('must not end by themselves', async () => {
    await expect(rig({ name: 'lazy', run: async () => undefined }).running).rejects.toThrow('lazy ended by itself')
  })
})

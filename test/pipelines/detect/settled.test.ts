import { beforeEach, describe, expect, it } from 'vitest'
import { groupOf, newTenantState } from '../../../pipelines/detect/core/state.ts'
import { type Since, settled } from '../../../pipelines/detect/settled.ts'
import { HOUR_MS } from '../../../schemas/zone.ts'

/** A log of one partition, how far it is in the windows, and a group of which ten hours were judged. */
const log = { end: 0, in_windows: 0 }
const progress = { ends: async () => [log.end], reached: async ([end]: readonly number[]) => log.in_windows >= end! }
const state = newTenantState()
let since: Since
beforeEach(() => {
  since = new Map()
  Object.assign(log, { end: 100, in_windows: 90 })
  groupOf(state, 'google').bucket = 9
})
const ask = async (hours: number) => {
  const { closed, waits } = await settled({ since, state }, new Map([['google', hours * HOUR_MS]]), progress)
  return { upto: (closed.get('google') ?? 0) / HOUR_MS, waits }
}

describe('hours that have closed', () => {
  it('wait until all that was on the log when they did is in the windows', async () => {
    expect(await ask(11)).toEqual({ upto: 0, waits: true })
    log.in_windows = 100
    expect(await ask(11)).toEqual({ upto: 11, waits: false })
  })

  it('wait together when they come together: the first of them may lack a piece as well as the last', async () => {
    expect(await ask(15)).toEqual({ upto: 0, waits: true })
    log.in_windows = 100
    expect(await ask(15)).toEqual({ upto: 15, waits: false })
  })

  it('wait for no more than that while the log goes on', async () => {
    await ask(11)
    log.end = 200
    expect(await ask(12)).toEqual({ upto: 0, waits: true })
    log.in_windows = 100
    expect(await ask(12)).toEqual({ upto: 11, waits: true })
    groupOf(state, 'google').bucket = 10
    expect(await ask(12)).toEqual({ upto: 0, waits: true })
    log.in_windows = 200
    expect(await ask(12)).toEqual({ upto: 12, waits: false })
  })

  it('are fewer when a source shows that is behind', async () => {
    await ask(15)
    log.in_windows = 100
    expect(await ask(12)).toEqual({ upto: 12, waits: false })
  })

  it('are none where all were judged', async () => {
    expect(await ask(10)).toEqual({ upto: 0, waits: false })
  })
})

import { expect, it } from 'vitest'
import { recent } from '../../../query-api/metrics/recent.ts'

const AGES = { fresh_ms: 200, stale_ms: 1_000 }

/** A reader whose readings are numbered, and end when they are told to. */
function readings() {
  const open: PromiseWithResolvers<string>[] = []
  return {
    open,
    read: () => {
      open.push(Promise.withResolvers())
      return open.at(-1)!.promise
    },
  }
}

it('reads once while fresh, beside the answer when older, and before it when stale', async () => {
  let now = 0
  const { open, read } = readings()
  const get = recent(() => now, AGES, read)
  const [first, second] = [get('k'), get('k')]
  open[0]!.resolve('one')
  expect(await Promise.all([first, second])).toEqual(['one', 'one'])
  now = 199
  expect(await get('k')).toBe('one')
  expect(open).toHaveLength(1)

  now = 200
  expect(await get('k')).toBe('one')
  expect(await get('k')).toBe('one')
  expect(open).toHaveLength(2)
  open[1]!.resolve('two')
  await open[1]!.promise
  now = 399
  expect(await get('k')).toBe('two')

  now = 1_200
  const third = get('k')
  open[2]!.resolve('three')
  expect(await third).toBe('three')
})

it('keeps what it has when a reading in the background fails, and tells who has to wait', async () => {
  let now = 0
  let fails = false
  const get = recent(
    () => now,
    AGES,
    async (key) => {
      if (fails) throw new Error('away')
      return `${key} at ${now}`
    },
  )
  expect(await get('k')).toBe('k at 0')
  fails = true
  now = 500
  expect(await get('k')).toBe('k at 0')
  now = 1_000
  await expect(get('k')).rejects.toThrow('away')
  fails = false
  expect(await get('k')).toBe('k at 1000')
  expect(await get('other')).toBe('other at 1000')
})

import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { Store } from '../../../pipelines/store/client.ts'
import { StoreError } from '../../../pipelines/store/errors.ts'
import { whileTelling } from '../../../query-api/clickhouse/progress.ts'
import { emptyStore } from '../../support/store-double.ts'

const STILL = { read_rows: '0', read_bytes: '0', total_rows_to_read: '0' }

function watched(query: () => Promise<never[]>) {
  const told: unknown[] = []
  const work = Promise.withResolvers<string>()
  const store: Store = { ...emptyStore, query }
  const answer = whileTelling(store, { query_id: 'q', interval_ms: 1, tell: (line) => told.push(line) }, work.promise)
  return { answer, told, work }
}

it('tells zeros of a store that does not say', async () => {
  const { answer, told, work } = watched(async () => {
    throw new StoreError('unavailable', 0, 'away')
  })
  await expect.poll(() => told.length).toBeGreaterThan(1)
  work.resolve('rows')
  expect(await answer).toBe('rows')
  const count = told.length
  expect(told[0]).toEqual({ ...STILL, elapsed_ns: expect.stringMatching(/^\d+$/) })
  await nextTurn()
  expect(told).toHaveLength(count)
})

it('hands what comes on at once, however long the store takes to say how far it is', async () => {
  const asked = Promise.withResolvers<void>()
  const said = Promise.withResolvers<never[]>()
  const { answer, told, work } = watched(() => {
    asked.resolve()
    return said.promise
  })
  let got: string | undefined
  answer.then((value) => {
    got = value
  })
  await asked.promise
  work.resolve('rows')
  await nextTurn()
  expect(got).toBe('rows')
  said.resolve([])
  await nextTurn()
  expect(told).toEqual([])
})

it('fails with the work, and with a mistake of its own', async () => {
  const failing = watched(async () => [])
  failing.work.reject(new Error('the work failed'))
  await expect(failing.answer).rejects.toThrow('the work failed')
  const mistaken = watched(async () => {
    throw new Error('our own mistake')
  })
  await expect(mistaken.answer).rejects.toThrow('our own mistake')
})

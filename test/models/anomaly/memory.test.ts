import { expect, test } from 'vitest'
import { makeMemory, STATE_BYTES, saveSeries } from '../../../models/anomaly/memory.ts'
import { scorePoint } from '../../../models/anomaly/score-point.ts'

test('a series takes at most 1,500 bytes, and nothing besides', () => {
  expect(STATE_BYTES).toBeLessThanOrEqual(1_500)
  const { reals, singles } = makeMemory(1000)
  expect(reals.byteLength + singles.byteLength).toBe(1000 * STATE_BYTES)
})

test('series do not touch each other', () => {
  const memory = makeMemory(3)
  for (let row = 0; row < 500; row++) scorePoint(memory, 1, row * 60, row % 17 === 0 ? 90 : row % 5)
  const empty = new Uint8Array(STATE_BYTES)
  expect(saveSeries(memory, 0)).toEqual(empty)
  expect(saveSeries(memory, 2)).toEqual(empty)
  expect(saveSeries(memory, 1)).not.toEqual(empty)
})

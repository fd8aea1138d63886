import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { type Head, sendRows } from '../../../query-api/clickhouse/respond.ts'

it('throws what the rows have failed with before anything was sent, also where that was before it was called', async () => {
  const rows = new Readable({ read: () => undefined })
  rows.on('error', () => undefined).destroy(new Error('the store went away'))
  await nextTurn()
  const untouched = {} as ServerResponse
  const sending = sendRows(untouched, {} as Head, rows, () => Promise.reject(new Error('nobody is told')))
  await expect(sending).rejects.toThrow('the store went away')
})

import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { findSeen } from '../../../pipelines/identities/lookup.ts'
import { migrate } from '../../../pipelines/store/migrate.ts'
import { useStore } from '../../support/store.ts'

const test = useStore()
beforeAll(async () => {
  await migrate(test.store, join(import.meta.dirname, '../../../schemas/migrations'))
})

// A second import of a file asks for every one of its identities; 17,000 in a batch were once too long for a query.
it('finds more identities than the text of one query can hold', async () => {
  const hash = (i: number) => i.toString(16).padStart(32, '0')
  await test.store.command(
    `INSERT INTO identities (id_hash, content, tenant, type, day, occurred_ms, run, _topic, _partition, _offset, _row)
     SELECT toFixedString(unhex(leftPad(lower(hex(number)), 32, '0')), 16), number, 'demo', 'order.observed',
       toDate('2025-01-01'), 1, '', 't', 0, number, 0 FROM numbers(20000)`,
  )
  const hashes = Array.from({ length: 20_500 }, (_, i) => hash(i))
  const found = await findSeen(test.store, 't', 0, hashes, 19_000)
  expect(found.size).toBe(19_000)
  expect(found.get(hash(18_999))).toMatchObject([{ tenant: 'demo', content: '18999', offset: 18_999 }])
  expect(found.get(hash(19_000))).toBeUndefined()
})

import { describe, expect, it } from 'vitest'
import { givingWay, type OpenStore } from '../../../bin/engine/store.ts'
import { connectStore } from '../../../pipelines/store/client.ts'
import { useStore } from '../../support/store.ts'

const test = useStore()
const embedded = {} as OpenStore['embedded']
const remote = process.env.OMNIFY_TEST_CLICKHOUSE_URL !== undefined

describe('givingWay', () => {
  it.skipIf(remote)('is a way that the embedded engine knows', async () => {
    const store = connectStore(givingWay({ access: test.access, embedded }, 0))
    const rows = await store.query("SELECT getSetting('os_threads_nice_value_query') AS nice")
    await store.close()
    expect(rows).toEqual([{ nice: 5 }])
  })

  it('changes nothing for a server of others, nor where the whole engine gives way', () => {
    expect(givingWay({ access: test.access, embedded: undefined }, 0)).toBe(test.access)
    expect(givingWay({ access: test.access, embedded }, 10)).toBe(test.access)
  })
})

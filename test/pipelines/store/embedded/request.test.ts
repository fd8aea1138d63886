import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../../pipelines/store/embedded/limits.ts'
import { useStore } from '../../../support/store.ts'

const test = useStore({ empty: true })

describe.skipIf(process.env.OMNIFY_TEST_CLICKHOUSE_URL !== undefined)('a statement over its bound', () => {
  const sql = `SELECT length('${'x'.repeat(LIMITS.sql_bytes_max)}')`

  it('is refused by name, by whatever way it came, and the next one is answered', async () => {
    const refused = { kind: 'rejected', code: 229 }
    await expect(test.store.query(sql)).rejects.toMatchObject(refused)
    await expect(test.store.command(sql)).rejects.toMatchObject(refused)
    const headers = { 'x-clickhouse-user': test.access.user, 'x-clickhouse-key': test.access.password }
    for (const [body, encoding] of [
      [sql, 'identity'],
      [gzipSync(sql), 'gzip'],
    ] as const) {
      const sent = { method: 'POST', body, headers: { ...headers, 'content-encoding': encoding } }
      const answer = await fetch(test.access.url, sent)
      expect([answer.status, answer.headers.get('x-clickhouse-exception-code')]).toEqual([413, '229'])
      expect(await answer.text()).toContain(`longer than ${LIMITS.sql_bytes_max} bytes`)
    }
    expect(await test.store.query('SELECT 1 AS n')).toEqual([{ n: 1 }])
  })
})

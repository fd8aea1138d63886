import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll } from 'vitest'
import { systemClock, systemRandomBytes } from '../../../pipelines/clock.ts'
import { connectStore } from '../../../pipelines/store/client.ts'
import type { Caller } from '../../../pipelines/tenants/port.ts'
import { createBiServer } from '../../../query-api/clickhouse/server.ts'
import { sqlSlots } from '../../../query-api/sql/sql.ts'
import { ALL_SCOPES } from '../../../schemas/scopes.ts'
import { type StoreUnderTest, useStore } from '../../support/store.ts'
import { endlessBudgets } from '../sql/support.ts'
import { createTables, insertOrders, insertRefunds } from '../support/fill.ts'

/** The endpoint over a store of its own, with orders of `alpha` and canaries of `beta`; the key of tenant `x` is `key-x`. */
export type EndpointUnderTest = StoreUnderTest & {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly port: number
  /** What the endpoint called its own mistakes; a test that expects none looks here. */
  readonly mistakes: readonly unknown[]
  /** In which ways answers have gone out: `gzip` and its like, or `blocks`. */
  readonly packed: Set<string>
}

export function useEndpoint(): EndpointUnderTest {
  const context = useStore()
  const mistakes: unknown[] = []
  const packed = new Set<string>()
  const state: { port?: number; close?: () => Promise<void> } = {}

  beforeAll(async () => {
    await createTables(context.store)
    await fillOrders(context)
    const { close, server } = createBiServer({
      store: context.store,
      connect: (database) => connectStore({ ...context.access, database }),
      tenants: { authenticate },
      clock: systemClock,
      randomBytes: systemRandomBytes,
      slots: sqlSlots(),
      budgets: endlessBudgets(),
      onMistake: (error) => mistakes.push(error),
    })
    server.prependListener('request', (message, response) => {
      response.once('finish', () => {
        const encoding = response.getHeader('content-encoding')
        if (typeof encoding === 'string') packed.add(encoding)
        if (/[?&]compress=1/.test(message.url ?? '')) packed.add('blocks')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    state.port = (server.address() as AddressInfo).port
    state.close = close
  }, 60_000)
  afterAll(() => state.close?.())

  return Object.defineProperties(
    {},
    {
      ...Object.getOwnPropertyDescriptors(context),
      url: { get: () => `http://127.0.0.1:${state.port}` },
      port: { get: () => state.port },
      mistakes: { get: () => mistakes },
      packed: { get: () => packed },
    },
  ) as EndpointUnderTest
}

async function authenticate(key: string): Promise<Caller | undefined> {
  const [, tenant, scope] = /^key-([a-z]+)(-events)?$/.exec(key) ?? []
  if (tenant === undefined) return undefined
  const scopes = scope === undefined ? ALL_SCOPES : (['events:write'] as const)
  return { tenant: { name: tenant, currency: 'USD', zone: 'UTC' }, key_id: key, scopes }
}

/** What stands in the rows of the other tenant, and what files of this machine begin with. */
export const CANARY = /CANARY|root:x:0|66600666/

/** Names that end up in pages, spreadsheets and statements. */
export const HOSTILE = ['<script>alert(1)</script>', '=cmd()', `'"\`\\`, 'x'.repeat(10_000)]

async function fillOrders({ store }: StoreUnderTest): Promise<void> {
  await insertOrders(store, 'alpha', [
    { id: 'o1', day: '2025-01-01', total_micros: 310_400_000, customer: 'c1' },
    { id: 'o2', day: '2025-01-02', total_micros: 1_000_000, platform: 'tiktok' },
    ...HOSTILE.map((customer, index) => ({ id: `h${index}`, day: '2025-01-03', total_micros: 5, customer })),
  ])
  await insertRefunds(store, 'alpha', [{ id: 'r1', day: '2025-01-02', amount_micros: 7 }])
  for (const day of ['2025-01-01', '2025-01-02']) {
    await insertOrders(store, 'beta', [{ id: `CANARY-${day}`, day, total_micros: 66_600_666, customer: 'CANARY' }])
    await insertRefunds(store, 'beta', [{ id: `CANARY-${day}`, day, amount_micros: 66_600_666 }])
  }
}

/** One value of every type that tools meet, and what each is as text. The names are those of the columns. */
export const ALL_TYPES = `SELECT
  toUInt8(255) AS u8, toInt64(-9223372036854775808) AS i64, toUInt64(18446744073709551615) AS u64, toFloat64(0.5) AS f64,
  toDecimal64(-123456.7891, 4) AS dec, toDecimal128('99999999999999999999.123456', 6) AS dec128, true AS yes,
  'Grüße, 世界' AS s, toFixedString('abc', 3) AS fs, toLowCardinality('low') AS lc,
  CAST(NULL AS LowCardinality(Nullable(String))) AS lc_null, CAST(NULL AS Nullable(Int32)) AS n, CAST(7 AS Nullable(Int32)) AS n7,
  toDate('2025-02-28') AS d, toDateTime('2025-02-28 23:59:59', 'UTC') AS dt,
  toDateTime64('2025-02-28 23:59:59.123', 3, 'UTC') AS dt64, toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0') AS u,
  [1, 2, 3] AS arr, CAST(['a', NULL] AS Array(Nullable(String))) AS arr_null, map('k', 1, 'l', 2) AS m,
  tuple(1, 'x') AS t, CAST('b' AS Enum8('a' = 1, 'b' = 2)) AS e, toIPv4('127.0.0.1') AS ip`

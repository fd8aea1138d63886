import type { RequestOptions, Store } from '../../store/client.ts'
import { KNOWN_ORDERS, KNOWN_REFUNDS, type ShopAsOf } from './facts.ts'

/** Which events a forecast is made from, without reading them: two equal hashes, the same events. */
export type Signature = { readonly orders: number; readonly hash: bigint }

/** @throws StoreError */
export async function readSignature(store: Store, shop: ShopAsOf, request?: RequestOptions): Promise<Signature> {
  const hashed = (rows: string, columns: string) =>
    `SELECT count() AS n, groupBitXor(cityHash64(${columns})) AS hash FROM (${rows})`
  const [row] = await store.query<[string, string]>(
    `SELECT sumIf(n, part = 1), toString(groupBitXor(hash + part)) FROM (
       SELECT 1 AS part, * FROM (${hashed(KNOWN_ORDERS, 'id_hash, occurred_at, day, customer, total_micros')})
       UNION ALL SELECT 2 AS part, * FROM (${hashed(KNOWN_REFUNDS, 'id_hash, occurred_at, day, who, amount_micros')}))`,
    { ...shop },
    { ...request, format: 'JSONCompactEachRow' },
  )
  return { orders: Number(row![0]), hash: BigInt(row![1]) }
}

import type { RequestOptions, Store } from '../../store/client.ts'
import { KNOWN_SEGMENTS, type ShopAsOf } from './facts.ts'

/**
 * The segment that the shop itself has put each customer in, as it was known at the cut: its own word, since what a
 * segment means is decided there. Customers without one are not in the answer.
 *
 * @throws StoreError
 */
export async function readSegments(
  store: Store,
  shop: ShopAsOf,
  request?: RequestOptions,
): Promise<Map<string, string>> {
  const rows = await store.query<[string, string]>(
    KNOWN_SEGMENTS,
    { ...shop },
    { ...request, format: 'JSONCompactEachRow' },
  )
  // A few names for many customers: one string each.
  const named = new Map<string, string>()
  return new Map(
    rows.map(([customer, text]) => {
      const segment = named.get(text) ?? text
      named.set(text, segment)
      return [customer, segment]
    }),
  )
}

import type { RequestOptions, Store } from '../../store/client.ts'
import { eachRow } from '../../store/each-row.ts'
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
  // A few names for many customers: one string each.
  const named = new Map<string, string>()
  const found = new Map<string, string>()
  await eachRow<[string, string]>(
    store,
    KNOWN_SEGMENTS,
    { ...shop },
    ([customer, text]) => {
      const segment = named.get(text) ?? text
      named.set(text, segment)
      found.set(customer, segment)
    },
    { ...request, format: 'JSONCompactEachRow' },
  )
  return found
}

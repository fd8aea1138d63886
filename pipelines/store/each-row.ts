import type { Params, RequestOptions, Store } from './client.ts'
import { storeErrorOf } from './errors.ts'

/**
 * Rows of a result that may be too large to be held, one after the other.
 *
 * @throws StoreError
 */
export async function eachRow<T>(
  store: Store,
  sql: string,
  params: Params,
  work: (row: T) => void,
  request: RequestOptions & { readonly format?: 'JSONEachRow' | 'JSONCompactEachRow' } = {},
): Promise<void> {
  const { stream } = await store.queryRaw(sql, { format: 'JSONEachRow', ...request, params })
  const chunks = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)
  for (;;) {
    // Only what the store does wrong is the store's error; what `work` throws is thrown as it is.
    const { done, value } = await chunks.next().catch((cause: unknown) => {
      throw storeErrorOf(cause, 'in the store, reading row by row')
    })
    if (done === true) break
    const text = rest.length === 0 ? value : Buffer.concat([rest, value])
    let from = 0
    for (let end = text.indexOf(NEW_LINE); end !== -1; end = text.indexOf(NEW_LINE, from)) {
      work(JSON.parse(text.toString('utf8', from, end)) as T)
      from = end + 1
    }
    rest = text.subarray(from)
  }
  if (rest.length > 0) throw storeErrorOf(rest.toString(), 'in the store, a result was cut off')
}

const NEW_LINE = 10

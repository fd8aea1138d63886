/** Stores for tests of what asks one now and then, such as the search for duplicates. Not for tests of SQL. */

import { Readable } from 'node:stream'
import type { Store } from '../../pipelines/store/client.ts'

/** A store that has no rows. */
export const emptyStore: Store = {
  query: async () => [],
  queryRaw: async () => ({ stream: Readable.from([]), query_id: '', headers: {} }),
  command: async () => ({ written_rows: 0, query_id: '' }),
  insertNative: async () => ({ written_rows: 0 }),
  ping: async () => {},
  close: async () => {},
}

import type { StatementCost, Store } from '../../pipelines/store/client.ts'

/**
 * A store whose statements tell what they cost.
 *
 * @param charge  called with rows read and seconds of processor time at the end of a statement, in the asynchronous
 *   context in which it was sent; of a result that is streamed, at its beginning with what is known then
 */
export function meterStore(store: Store, charge: (rows: number, cpu_seconds: number) => void): Store {
  const onCost = ({ cpu_seconds, rows_read }: StatementCost) => charge(rows_read, cpu_seconds)
  // Its rows are not known before its end, where whoever reads it may count them.
  const onBegin = ({ cpu_seconds }: StatementCost) => charge(0, cpu_seconds)
  return {
    ...store,
    query: (sql, params, request) => store.query(sql, params, { ...request, onCost }),
    queryRaw: (sql, request) => store.queryRaw(sql, { ...request, onCost: onBegin }),
    command: (sql, params, request) => store.command(sql, params, { ...request, onCost }),
  }
}

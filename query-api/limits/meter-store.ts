import type { Clock } from '../../pipelines/clock.ts'
import type { StatementCost, Store } from '../../pipelines/store/client.ts'

/** Takes rows that the store read and seconds of processor time off what somebody may ask. */
export type Charge = (cost: { readonly rows: number; readonly cpu_seconds: number }) => void

/**
 * A store whose statements are charged to whoever asks them. One that fails says nothing of what it took: it is charged
 * the time until then, or a statement that runs into a limit again and again would be free.
 *
 * @param payer  who that is, asked in the asynchronous context in which a statement is sent: its end may come in another
 * @param clock  in ms, never going back
 */
export function meterStore(store: Store, payer: () => Charge | undefined, clock: Clock): Store {
  async function charged<T>(
    run: (onCost: (cost: StatementCost) => void) => Promise<T>,
    rowsOf: (cost: StatementCost) => number = ({ rows_read }) => rows_read,
  ): Promise<T> {
    const charge = payer()
    const began_ms = clock()
    try {
      return await run((cost) => charge?.({ rows: rowsOf(cost), cpu_seconds: cost.cpu_seconds }))
    } catch (error) {
      charge?.({ rows: 0, cpu_seconds: (clock() - began_ms) / 1_000 })
      throw error
    }
  }

  return {
    ...store,
    query: (sql, params, request) => charged((onCost) => store.query(sql, params, { ...request, onCost })),
    // Rows of what is streamed are told by who sent it: its summary counts other rows, or too early.
    queryRaw: (sql, request) =>
      charged(
        (onCost) => store.queryRaw(sql, { ...request, onCost }),
        () => 0,
      ),
    command: (sql, params, request) => charged((onCost) => store.command(sql, params, { ...request, onCost })),
  }
}

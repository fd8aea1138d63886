import type { Query } from './write/rejects.ts'

/** What became of the records of a run, as the store shows it. */
export type Outcome = { readonly accepted: number; readonly conflicts: number; readonly orphaned: number }

/**
 * Counts the outcome of a run once the pipeline has passed its last record. Accepted are the observations that it
 * kept; conflicts the events that it refused (`id_conflict`); orphaned the accepted refunds and transactions whose
 * order is not known (they are kept, and find it when it comes).
 */
export async function outcomeOf(store: Query, tenant: string, run: string): Promise<Outcome> {
  const count = async (sql: string) => {
    const [row] = await store.query<{ n: string | number }>(sql, { tenant, run })
    return Number(row!.n)
  }
  const [accepted, conflicts, orphaned] = await Promise.all([count(ACCEPTED), count(CONFLICTS), count(ORPHANED)])
  return { accepted, conflicts, orphaned }
}

const MINE = 'tenant = {tenant:String} AND run = {run:String}'
const ACCEPTED = `SELECT count() AS n FROM identities WHERE ${MINE}`
// The stage `ingest` is that of the lines we refused ourselves; those are counted by the reader.
const CONFLICTS = `SELECT count() AS n FROM failed_events WHERE ${MINE} AND stage != 'ingest'`
// The inner IN keeps the set small: of all orders only those that this run refers to.
const ORPHANED = `
  SELECT uniqExact(source, id) AS n FROM fact_refunds
  WHERE ${MINE} AND (source, \`order\`) NOT IN (
    SELECT source, id FROM fact_orders WHERE tenant = {tenant:String}
      AND (source, id) IN (SELECT source, \`order\` FROM fact_refunds WHERE ${MINE}))`

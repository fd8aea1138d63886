/**
 * The views that analysts query, each over one table and one tenant. `docs/sql.md` is printed from this table. Adding a
 * view is an entry here; a column that is not listed (personal data, places on the log, other bookkeeping) cannot be
 * asked for.
 */
export type SqlView = {
  readonly name: string
  readonly summary: string
  readonly table: string
  /**
   * Which rows there are of what was observed several times.
   *
   * - `newest`: of each identity the newest observation, as in `schemas/tables.ts`
   * - `of_newest`: rows below the newest observation that the table `parent` has of their identity
   * - `replaced`: absolute rows of a ReplacingMergeTree, newest version
   * - `all`: rows that are never observed again
   */
  readonly rows: 'newest' | 'of_newest' | 'replaced' | 'all'
  readonly parent?: string
  readonly columns: readonly SqlColumn[]
}

export type SqlColumn = {
  readonly name: string
  /** Over the columns of the table. */
  readonly sql: string
  readonly about: string
}

/**
 * Settings that turn deduplication of an insert on and off. Off is needed too: without a token, engine 26.7 drops an
 * insert that equals an earlier one. It has settings of its own for this, which prevail over `insert_deduplicate` and
 * which older servers refuse, so the server is asked once. A select from input() counts as one that may change between
 * attempts ("bad query") and would be left out; the token says that it does not.
 */
export function detectDeduplication(
  query: (sql: string) => Promise<readonly { readonly name: string }[]>,
): () => Promise<Deduplication> {
  let known: Promise<Deduplication> | null = null
  const ask = async (): Promise<Deduplication> => {
    const sql = "SELECT name FROM system.settings WHERE name IN ('deduplicate_insert', 'deduplicate_insert_select')"
    const names = (await query(sql)).map(({ name }) => name)
    const pick = (insert: string, select: string): Settings => ({
      ...(names.includes('deduplicate_insert') ? { deduplicate_insert: insert } : {}),
      ...(names.includes('deduplicate_insert_select') ? { deduplicate_insert_select: select } : {}),
    })
    return {
      on: { insert_deduplicate: 1, ...pick('enable', 'enable_even_for_bad_queries') },
      off: { insert_deduplicate: 0, ...pick('disable', 'disable') },
    }
  }
  return () => {
    known ??= ask().catch((cause: unknown) => {
      known = null
      throw cause
    })
    return known
  }
}

type Settings = Readonly<Record<string, string | number>>
export type Deduplication = { readonly on: Settings; readonly off: Settings }

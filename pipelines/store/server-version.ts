import { type Store, StoreError } from './client.ts'

/** The first release that has all settings which keep tenants apart in SQL (`query_plan_merge_filters`). */
export const SERVER_MIN = '24.12'

/**
 * Refuses a server that is too old, in words that say so: else it would fail at some statement of a migration.
 *
 * @throws Error naming both versions; StoreError when it does not answer
 */
export async function checkServerVersion(store: Pick<Store, 'query'>): Promise<void> {
  const version = await versionOf(store)
  if (isOlder(version, SERVER_MIN))
    throw new Error(`the ClickHouse server has version ${version}: ${SERVER_MIN} is the oldest that will do`)
}

async function versionOf(store: Pick<Store, 'query'>): Promise<string> {
  try {
    const [row] = await store.query<{ version: string }>('SELECT version() AS version')
    return row!.version
  } catch (cause) {
    if (!(cause instanceof StoreError && cause.code === UNKNOWN_SETTING)) throw cause
    throw new Error(`the ClickHouse server is older than ${SERVER_MIN}: ${cause.message}`, { cause })
  }
}

/** A server that is very old refuses even this question, for the settings that every request of ours pins. */
const UNKNOWN_SETTING = 115

/** Pure: by year and month of the release. */
export function isOlder(version: string, min: string): boolean {
  const [year, month] = numbersOf(version)
  const [min_year, min_month] = numbersOf(min)
  return year !== min_year ? year < min_year : month < min_month
}

function numbersOf(version: string): readonly [number, number] {
  const [, year, month] = /^(\d+)\.(\d+)/.exec(version) ?? []
  return [Number(year ?? 0), Number(month ?? 0)]
}

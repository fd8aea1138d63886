import type { Store } from '../../pipelines/store/client.ts'

/** What the engine calls things. */
export type EngineWords = {
  readonly version: string
  /** Names of its errors by their numbers. */
  readonly errors: ReadonlyMap<number, string>
  /** Names of all its settings. */
  readonly settings: ReadonlySet<string>
}

/** @throws StoreError when the store cannot say */
export async function readWords(store: Store): Promise<EngineWords> {
  const [version, errors, settings] = await Promise.all([
    store.query<[string]>('SELECT version()', undefined, { format: 'JSONCompactEachRow' }),
    store.query<[number, string]>(
      `SELECT toUInt32(number) AS code, errorCodeToName(toInt32(number)) AS name FROM numbers(${ERRORS_MAX}) WHERE name != ''`,
      undefined,
      { format: 'JSONCompactEachRow' },
    ),
    store.query<[string]>('SELECT name FROM system.settings', undefined, { format: 'JSONCompactEachRow' }),
  ])
  return {
    version: version[0]![0],
    errors: new Map(errors),
    settings: new Set(settings.map(([name]) => name)),
  }
}

/** ClickHouse's numbers end at 1002; few are free below it. */
const ERRORS_MAX = 1_100

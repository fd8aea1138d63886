import type { Store } from '../../../../pipelines/store/client.ts'
import { WINDOW_SETS, WINDOW_SUMS } from '../../../../schemas/windows.ts'

/**
 * What a bug might leave behind in the windows: a doubled sum, a row that is missing, one that should not be there, and
 * one under a wrong hash.
 */
export async function damage(store: Store): Promise<void> {
  const add = (set: string, day: string, replaced: string) =>
    store.command(
      `INSERT INTO ${set} SELECT * REPLACE (${replaced}) FROM (SELECT * FROM ${set} FINAL WHERE day = '${day}')`,
    )
  await add('windows_day', '2026-01-11', 'gross_micros * 2 AS gross_micros, version + 1 AS version')
  await store.command("DELETE FROM windows_hour WHERE day = '2026-01-12'")
  await add('windows_day_campaign', '2026-01-13', "toDate('2026-02-01') AS day, 7 AS n, 7 AS orders")
  await add('windows_day', '2026-01-14', "toFixedString('0123456789abcdef', 16) AS cell")
}

/** Every window that is not empty, with all its sums, as text; and the places where a key stands twice in one table. */
export async function windowsOf(store: Store): Promise<string[]> {
  const all: string[] = []
  for (const { dimensions, grain, name } of WINDOW_SETS) {
    const start = grain === 'day' ? "''" : 'toString(start)'
    const labels = [...dimensions, 'currency', 'slice'].join(', ')
    const rows = await store.query<unknown[]>(
      `SELECT '${name}', tenant, toString(day), ${start}, ${labels}, _partition,
         ${WINDOW_SUMS.map((sum) => `toString(${sum})`).join(', ')}
       FROM ${name} FINAL WHERE n != 0 OR orders != 0 OR gross_micros != 0 ORDER BY ALL`,
      {},
      { format: 'JSONCompactEachRow' },
    )
    all.push(...rows.map((row) => row.join(' ')))
  }
  return all
}

/** A newer version never comes before an older one. */
export async function versionsOf(store: Store): Promise<Map<string, bigint>> {
  const found = new Map<string, bigint>()
  for (const { grain, name } of WINDOW_SETS) {
    const key = grain === 'day' ? 'hex(cell)' : 'concat(hex(cell), toString(start))'
    const rows = await store.query<[string, string]>(
      `SELECT concat(toString(day), ' ', ${key}, ' ', toString(_partition)), toString(version) FROM ${name} FINAL`,
      {},
      { format: 'JSONCompactEachRow' },
    )
    for (const [cell, version] of rows) found.set(`${name} ${cell}`, BigInt(version))
  }
  return found
}

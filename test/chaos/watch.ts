import { setTimeout as sleep } from 'node:timers/promises'
import { type Store, StoreError } from '../../pipelines/store/client.ts'
import { WINDOW_SETS } from '../../schemas/windows.ts'
import type { Home } from './stack/stack.ts'

/** Looks at the versions of derived rows while the engine runs. */
export type Watch = {
  /** Looks once more and ends. @returns what went back, in words */
  stop(): Promise<readonly string[]>
  /** How often it has looked. */
  looks(): number
}

/**
 * A version that goes back is a lost update which nobody can see afterwards: the table keeps the greatest. So two
 * things are looked at again and again: in each table the order in which rows came in (blocks of a part are numbered in
 * that order), and the greatest version and offset of each key, look by look.
 */
export function watchVersions(home: Home): Watch {
  const findings = new Set<string>()
  const greatest = new Map<string, { version: bigint; applied: bigint }>()
  let looks = 0
  let stopping = false

  async function look(): Promise<void> {
    const store = home.connect()
    try {
      for (const table of TABLES) for (const key of await wentBack(store, table)) findings.add(key)
      for (const [key, version, applied] of await newest(store)) {
        const before = greatest.get(key)
        const now = { version: BigInt(version), applied: BigInt(applied) }
        if (before !== undefined && (now.version < before.version || now.applied < before.applied)) {
          findings.add(`${key}: ${before.version}/${before.applied} and then ${version}/${applied}`)
        }
        greatest.set(key, now)
      }
      looks++
    } finally {
      await store.close()
    }
  }

  async function run(): Promise<void> {
    while (!stopping) {
      try {
        await look()
      } catch (error) {
        // The store is among those that are killed.
        if (!(error instanceof StoreError && error.retryable)) throw error
      }
      await sleep(EVERY_MS)
    }
    await look()
  }
  const running = run()
  // Whoever stops it sees the failure.
  running.catch(() => undefined)
  return {
    looks: () => looks,
    async stop() {
      stopping = true
      await running
      return [...findings]
    },
  }
}

const EVERY_MS = 2_000

type Derived = { readonly name: string; readonly key: string }
const TABLES: readonly Derived[] = [
  ...WINDOW_SETS.map(({ name, grain }) => ({
    name,
    key: grain === 'day' ? 'tenant, day, cell, _partition' : 'tenant, day, start, cell, _partition',
  })),
  { name: 'watermarks', key: 'pipeline, tenant, source, _topic, _partition' },
]

/** Rows whose version is smaller than that of a row of the same key which came in before. */
async function wentBack(store: Store, { name, key }: Derived): Promise<string[]> {
  // A part is called partition_first_last_level, after the blocks in it.
  const block = "toUInt64(splitByChar('_', _part)[-3])"
  const before = `lagInFrame(version, 1, 0) OVER (PARTITION BY ${key} ORDER BY ${block} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`
  const rows = await store.query<{ what: string }>(
    `SELECT toString(tuple(version, before, part)) AS what
     FROM (SELECT version, _part AS part, ${before} AS before FROM ${name}) WHERE version < before LIMIT 10`,
  )
  return rows.map(({ what }) => `${name}: version, the one before, part: ${what}`)
}

async function newest(store: Store): Promise<[string, string, string][]> {
  const cells = `SELECT concat('windows_day_campaign ', toString(day), ' ', hex(cell), ' ', toString(_partition)), toString(max(version)), toString(max(applied))
    FROM windows_day_campaign GROUP BY tenant, day, cell, _partition`
  const generations = `SELECT concat('generations ', pipeline, ' ', _topic, ' ', toString(_partition)), toString(max(generation)), '0' FROM generations GROUP BY pipeline, _topic, _partition`
  return store.query(`${cells} UNION ALL ${generations}`, {}, { format: 'JSONCompactEachRow' })
}

import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { migrate, readMigrations } from '../../pipelines/store/migrate.ts'
import { FORECAST_TABLES } from '../../schemas/forecasts.ts'
import { ALERT_TABLES, FACT_TABLES, failed_events, identities, type Table, watermarks } from '../../schemas/tables.ts'
import { isMoneySum, sliceOf, WINDOW_MEASURES, WINDOW_SETS, WINDOW_SUMS, windowTable } from '../../schemas/windows.ts'
import { useStore } from '../support/store.ts'

const MIGRATIONS = join(import.meta.dirname, '../../schemas/migrations')
const TABLES: readonly Table[] = [
  ...FACT_TABLES,
  ...FORECAST_TABLES,
  identities,
  failed_events,
  watermarks,
  ...ALERT_TABLES,
  ...WINDOW_SETS.map((set) => windowTable(set)),
]
const test = useStore()
const described = new Map<string, readonly { readonly name: string; readonly type: string }[]>()
const engines = new Map<string, { readonly engine: string; readonly create: string }>()

beforeAll(async () => {
  await migrate(test.store, MIGRATIONS)
  for (const { name } of TABLES) {
    const columns = await test.store.query<{ name: string; type: string }>(`DESCRIBE TABLE ${name}`)
    described.set(
      name,
      columns.map((column) => ({ name: column.name, type: column.type })),
    )
    const [table] = await test.store.query<{ engine: string; create: string }>(
      'SELECT engine, create_table_query AS create FROM system.tables WHERE database = currentDatabase() AND name = {name:String}',
      { name },
    )
    engines.set(name, table!)
  }
})

describe('the tables that are written', () => {
  it.each(TABLES.map((table) => [table.name, table] as const))(
    '%s is what its migration made, column by column',
    (name, table) => expect(described.get(name)).toEqual(table.columns),
  )

  it('are all that the migrations make, beside those of one writer each', async () => {
    const rows = await test.store.query<{ name: string }>(
      "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine NOT LIKE '%View%' ORDER BY name",
    )
    const others = [
      ...['api_key_ends', 'api_key_uses', 'api_keys', 'erasures', 'tenant_keys', 'tenants'],
      ...['generations', 'newest_writers', 'rebuilds', 'replays', 'schema_migrations'],
      ...['subject_keys', 'subject_links'],
      ...['job_parts', 'jobs', 'saved_queries'],
      ...['webhook_deliveries', 'webhook_places', 'webhooks'],
    ]
    expect(rows.map(({ name }) => name)).toEqual([...TABLES.map(({ name }) => name), ...others].sort())
  })

  it('are durable before an offset is committed, and know tokens', () => {
    for (const [name, { create }] of engines) {
      expect(create, name).toContain('fsync_after_insert = 1, fsync_part_directory = 1')
      expect(create, name).toMatch(/non_replicated_deduplication_window = [1-9]/)
    }
  })

  it('name the place on the log that each row comes from', () => {
    for (const { name, columns } of [...FACT_TABLES, failed_events]) {
      expect(
        columns.slice(-5).map((column) => column.name),
        name,
      ).toEqual(['run', '_topic', '_partition', '_offset', '_row'])
      expect(engines.get(name)!.create, name).toContain('INDEX by_offset _offset TYPE minmax')
    }
  })
})

describe('windows', () => {
  it.each(WINDOW_SETS)('$name replaces by version, never adds up', ({ name, grain }) => {
    const { engine, create } = engines.get(name)!
    expect(engine).toMatch(/^(Shared|Replicated)?ReplacingMergeTree$/)
    expect(create).toContain('ReplacingMergeTree(version)')
    const key = grain === 'day' ? '(tenant, day, cell, _partition)' : '(tenant, day, start, cell, _partition)'
    expect(create).toContain(`ORDER BY ${key}`)
  })

  it('expire where their set says so, and not a day before it', () => {
    for (const { name, keep_days } of WINDOW_SETS) {
      const ttl = /TTL day \+ toIntervalDay\((\d+)\)/.exec(engines.get(name)!.create)?.[1]
      expect(ttl, name).toBe(keep_days === undefined ? undefined : `${keep_days + 1}`)
    }
  })

  it('have grains that a day is a whole number of', () => {
    for (const { grain, name } of WINDOW_SETS) {
      if (typeof grain === 'string') continue
      expect(grain.ms % 10_000, name).toBe(0)
      expect(86_400_000 % grain.ms, name).toBe(0)
    }
  })

  it('count behind every sum that a source may leave unknown who knew it', () => {
    expect(WINDOW_SUMS[0]).toBe('n')
    expect(new Set(WINDOW_SUMS).size).toBe(WINDOW_SUMS.length)
    for (const { known, name } of WINDOW_MEASURES) {
      // windows/contribution.ts writes the counter right behind the value.
      if (known !== undefined) expect(WINDOW_SUMS.indexOf(known)).toBe(WINDOW_SUMS.indexOf(name) + 1)
      expect(isMoneySum(name)).toBe(name.endsWith('_micros'))
    }
  })

  it.each([
    ['ad|', 'ad', {}],
    ['ad|country', 'ad', { country: 'US' }],
    ['campaign|country,device,hour,segment', 'campaign', { country: 'US', device: 'm', hour: true, segment: 's' }],
    ['account|device', 'account', { device: '', hour: false }],
  ])('%s is the slice of a row', (slice, level, row) => expect(sliceOf(level, row)).toBe(slice))
})

describe('the migrations', () => {
  it('make a table once, in one place', async () => {
    const statements = (await readMigrations(MIGRATIONS)).flatMap((migration) => migration.statements)
    const made = statements.flatMap((sql) => /^\s*(?:--.*\s+)*CREATE TABLE IF NOT EXISTS (\w+)/.exec(sql)?.[1] ?? [])
    expect(made.length).toBeGreaterThanOrEqual(TABLES.length)
    expect(new Set(made).size).toBe(made.length)
  })
})

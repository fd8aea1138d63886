import {
  type ForecastBatch,
  type ForecastKey,
  type ForecastRecord,
  forecast_scores,
  forecasts,
  type ScoreRecord,
} from '../../schemas/forecasts.ts'
import type { Table } from '../../schemas/tables.ts'
import type { Store } from '../store/client.ts'
import type { NativeValue } from '../store/native/builder.ts'
import { NativeBlock } from '../store/native.ts'

/**
 * Writes what is not there yet, in the order given: what was forecast once stays as it was, whoever forecasts it again.
 * Two writers at once write the same rows, and the table keeps one of each.
 *
 * @param known  what `knownForecasts` said of all the batches of the records; asked for when not given
 * @returns how many were new
 * @throws StoreError
 */
export async function writeForecasts(
  store: Store,
  records: readonly ForecastRecord[],
  known?: ReadonlySet<string>,
): Promise<number> {
  const there = known ?? (await keysOfAll(store, forecasts, records, ''))
  return insertMissing(store, forecasts, records, there, keyOf, (r) => [
    ...keyValues(r),
    r.watermark_ms,
    r.matures_ms,
    r.mean,
    ...(r.quantiles === null ? NO_QUANTILES : QUANTILES.map((name) => r.quantiles![name])),
    r.probability,
    r.naive,
    r.features_hash,
    r.details,
  ])
}

/** Which forecasts of a batch are there, of all its horizons: for those who write many parts of it. @throws StoreError */
export async function knownForecasts(
  store: Store,
  batch: Omit<ForecastBatch, 'horizon_days'>,
): Promise<ReadonlySet<string>> {
  return new Set(await keysOf(store, forecasts, batch, ''))
}

/** The same for scores: a revision that was written stays. */
export async function writeScores(store: Store, records: readonly ScoreRecord[]): Promise<number> {
  const key = (r: ScoreRecord) => `${keyOf(r)}\0${r.revision}`
  const there = await keysOfAll(store, forecast_scores, records, ', revision')
  return insertMissing(store, forecast_scores, records, there, key, (r) => [
    ...keyValues(r),
    r.revision,
    r.watermark_ms,
    r.actual,
    r.probability,
    r.rule,
    r.score,
    r.naive_score,
    bit(r.covered_80),
    bit(r.covered_90),
    r.log_ratio,
    r.truth_hash,
  ])
}

const QUANTILES = ['q05', 'q10', 'q50', 'q90', 'q95'] as const
const NO_QUANTILES = QUANTILES.map(() => null)

/** A block of these is some megabytes. */
const ROWS_MAX = 20_000

async function insertMissing<R extends ForecastKey>(
  store: Store,
  table: Table,
  records: readonly R[],
  known: ReadonlySet<string>,
  key: (record: R) => string,
  values: (record: R) => readonly NativeValue[],
): Promise<number> {
  const missing = known.size === 0 ? records : records.filter((record) => !known.has(key(record)))
  const names = table.columns.map(({ name }) => name).join(', ')
  for (let from = 0; from < missing.length; from += ROWS_MAX) {
    const rows = missing.slice(from, from + ROWS_MAX)
    const block = new NativeBlock(table.columns, rows.length)
    const builders = table.columns.map(({ name }) => block.column(name))
    for (const row of rows) {
      for (const [i, value] of values(row).entries()) builders[i]!.append(value)
    }
    await store.insertNative(`INSERT INTO ${table.name} (${names}) FORMAT Native`, block.finish())
  }
  return missing.length
}

/** Keys that are there of all the batches that the records are of. */
async function keysOfAll(
  store: Store,
  table: Table,
  records: readonly ForecastBatch[],
  more_key: string,
): Promise<ReadonlySet<string>> {
  const known = new Set<string>()
  for (const batch of new Map(records.map((record) => [batchText(record), record])).values()) {
    for (const key of await keysOf(store, table, batch, more_key)) known.add(key)
  }
  return known
}

/** Keys of a batch that are there, all horizons, as {@link keyOf} writes them. */
async function keysOf(
  store: Store,
  table: Table,
  batch: Omit<ForecastBatch, 'horizon_days'>,
  more_key: string,
): Promise<string[]> {
  const rows = await store.query<(string | number)[]>(
    `SELECT horizon_days, entity_kind, entity, metric${more_key} FROM ${table.name}
     WHERE tenant = {tenant:String} AND model = {model:String} AND scope = {scope:String} AND currency = {currency:String}
       AND origin = toDate({origin:UInt16}) AND edition = {edition:UInt16}`,
    { ...batch },
    { format: 'JSONCompactEachRow' },
  )
  return rows.map((row) => [batchText(batch), ...row].join('\0'))
}

/** Of all horizons together. */
function batchText({ tenant, model, scope, currency, origin, edition }: Omit<ForecastBatch, 'horizon_days'>): string {
  return [tenant, model, scope, currency, origin, edition].join('\0')
}

function keyOf(record: ForecastKey): string {
  const { entity, entity_kind, horizon_days, metric } = record
  return [batchText(record), horizon_days, entity_kind, entity, metric].join('\0')
}

function keyValues(r: ForecastKey): NativeValue[] {
  const { tenant, model, scope, currency, origin, horizon_days, edition, entity_kind, entity, metric } = r
  return [tenant, model, scope, currency, origin, horizon_days, edition, entity_kind, entity, metric]
}

function bit(value: boolean | null): number | null {
  return value === null ? null : Number(value)
}

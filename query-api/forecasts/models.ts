import { calibrationTable } from '../../models/evaluation/calibration.ts'
import { type ForecastFilter, forecastCondition } from '../../pipelines/forecast/read.ts'
import { newestScores } from '../../pipelines/forecast/records.ts'
import type { Store } from '../../pipelines/store/client.ts'

/** A model as the list of models shows it: what it forecasts, how much of that has been made. */
export type ModelInfo = {
  readonly name: string
  readonly version: string
  readonly metrics: readonly string[]
  readonly horizons_days: readonly number[]
  readonly forecasts: number
  readonly first_origin: string
  readonly last_origin: string
}

/** Models that have forecast anything for a tenant. @throws StoreError */
export async function readModels(store: Store, tenant: string, signal: AbortSignal): Promise<ModelInfo[]> {
  const rows = await store.query<[string, string[], number[], string, string, string]>(
    `SELECT toString(model) AS m, arraySort(groupUniqArray(toString(metric))), arraySort(groupUniqArray(horizon_days)),
       toString(count()), toString(min(origin)), toString(max(origin))
     FROM forecasts WHERE tenant = {tenant:String} GROUP BY m ORDER BY m`,
    { tenant },
    { signal, format: 'JSONCompactEachRow' },
  )
  return rows.map(([model, metrics, horizons_days, forecasts, first_origin, last_origin]) => {
    const [name, version] = model.split('@') as [string, string]
    return { name, version, metrics, horizons_days, forecasts: Number(forecasts), first_origin, last_origin }
  })
}

/** What was promised and what came of probabilities, by metric and horizon, in ten bins. @throws StoreError */
export async function readCalibration(store: Store, filter: ForecastFilter, signal: AbortSignal) {
  const { params, where } = forecastCondition(filter)
  const rows = await store.query<[string, number, number, string, number, number]>(
    `SELECT toString(metric) AS m, horizon_days, least(9, floor(assumeNotNull(probability) * 10)) AS bin, toString(count()),
       sum(probability), sum(actual)
     FROM (${newestScores(`${where} AND rule = 'brier'`)}) GROUP BY m, horizon_days, bin ORDER BY m, horizon_days, bin`,
    params,
    { signal, format: 'JSONCompactEachRow' },
  )
  const tables = Map.groupBy(rows, ([metric, horizon_days]) => `${metric}\0${horizon_days}`)
  return [...tables.values()].map((bins) => ({
    metric: bins[0]![0],
    horizon_days: bins[0]![1],
    ...calibrationTable(
      bins.map(([, , , forecasts, promised, came]) => ({ forecasts: Number(forecasts), promised, came })),
    ),
  }))
}

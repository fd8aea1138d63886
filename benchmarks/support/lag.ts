import type { openClient } from './http.ts'

/** Records that the main pipeline has not committed, as `/metrics` tells without asking the store. */
export async function lagOf(client: ReturnType<typeof openClient>): Promise<number> {
  const { text } = await client.get('/metrics')
  const lags = [...text.matchAll(/^omnify_pipeline_lag_events\{[^}]*\} (\S+)$/gm)].map(([, value]) => Number(value))
  if (lags.length === 0) throw new Error('/metrics has no omnify_pipeline_lag_events')
  return lags.reduce((sum, lag) => sum + lag, 0)
}

import type { Store } from '../../pipelines/store/client.ts'
import type { HistoryQuestion } from './request.ts'

/** On how many days ads with this creative were reported. */
export async function deliveredDays(
  store: Store,
  tenant: string,
  creative: string,
  { account, platform }: HistoryQuestion,
  signal: AbortSignal,
): Promise<number> {
  const where = ['tenant = {tenant:String} AND creative = {creative:String}']
  if (platform !== undefined) where.push('platform = {platform:String}')
  if (account !== undefined) where.push('account = {account:String}')
  const [row] = await store.query<{ days: string }>(
    `SELECT toString(uniqExact(day)) AS days FROM fact_delivery WHERE ${where.join(' AND ')}`,
    { tenant, creative, platform, account },
    { signal, settings: { max_execution_time: 10 } },
  )
  return Number(row?.days ?? 0)
}

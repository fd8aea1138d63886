import { hash128 } from '../../../schemas/hash.ts'
import { ancestorsOf, METRICS, type Metric, scopeOfKey, seriesKey } from './scope.ts'

/** The series of one scope, and what follows from its name: taken apart once, not at every bucket. */
export type ScopeSeries = {
  readonly scope: string
  /** The scopes above it, nearest first. */
  readonly above: readonly string[]
  /** Everything or a platform, not an account or a campaign. */
  readonly isTop: boolean
  /** An account of a platform that has several. */
  readonly isAccount: boolean
  readonly isCampaign: boolean
  /** Of each of METRICS, where its numbers begin; -1 before its first count. */
  readonly at: number[]
  /** Of each of METRICS, what its p-values are randomised by: the first word of its name's hash. */
  readonly seeds: number[]
}

export function scopeSeries(scope: string): ScopeSeries {
  const { account, campaign } = scopeOfKey(scope)
  return {
    scope,
    above: ancestorsOf(scope),
    isTop: account === undefined && campaign === undefined,
    isAccount: account !== undefined && campaign === undefined,
    isCampaign: campaign !== undefined,
    at: METRICS.map(() => -1),
    seeds: METRICS.map((metric) => seedOf(metric, scope)),
  }
}

function seedOf(metric: Metric, scope: string): number {
  const words = new Uint32Array(4)
  hash128(seriesKey(metric, scope), 0, words)
  return words[0]! | 0
}

import { groupOfSeries, METRICS, partsOf, scopeOfKey, seriesKey } from './scope.ts'
import { type ScopeSeries, scopeSeries } from './scope-series.ts'

/** Where the numbers of every series are: one after the other in one array, by name and by scope. */
export class SeriesPlaces {
  readonly places = new Map<string, number>()
  memory: Float32Array
  private readonly singles: number
  private readonly scopes = new Map<string, ScopeSeries>()
  private readonly groups = new Map<string, { readonly scopes: Set<string>; readonly accounts: Set<string> }>()

  /** @param singles that a series takes */
  constructor(singles: number, memory: Float32Array, names: readonly string[]) {
    this.singles = singles
    this.memory = memory
    for (const [at, name] of names.entries()) this.put(name, at * singles)
  }

  /** Scopes of which a group has series. */
  scopesOf(group: string): Iterable<string> {
    return this.groups.get(group)?.scopes ?? []
  }

  /** Those of them that are accounts: of a platform that has several. */
  accountsOf(group: string): Iterable<string> {
    return this.groups.get(group)?.accounts ?? []
  }

  /** Where the series of a scope are. */
  seriesOf(scope: string): ScopeSeries {
    const known = this.scopes.get(scope)
    if (known !== undefined) return known
    const made = scopeSeries(scope)
    this.scopes.set(scope, made)
    return made
  }

  /** Where a series' numbers begin; those of a new one are zero. */
  placeOf(name: string): number {
    const known = this.places.get(name)
    if (known !== undefined) return known
    const at = this.places.size * this.singles
    if (at + this.singles > this.memory.length) {
      const grown = new Float32Array(Math.max(16 * this.singles, 2 * this.memory.length))
      grown.set(this.memory)
      this.memory = grown
    }
    this.put(name, at)
    return at
  }

  /** {@link placeOf} by the scope and the place of the metric in METRICS. */
  placeIn({ at, scope }: ScopeSeries, metric: number): number {
    return at[metric] === -1 ? this.placeOf(seriesKey(METRICS[metric]!, scope)) : at[metric]!
  }

  private put(name: string, at: number): void {
    this.places.set(name, at)
    const { metric, scope } = partsOf(name)
    this.seriesOf(scope).at[METRICS.indexOf(metric)] = at
    const group = groupOfSeries(metric, scope)
    const known = this.groups.get(group) ?? { scopes: new Set(), accounts: new Set() }
    this.groups.set(group, known)
    known.scopes.add(scope)
    const { account, campaign } = scopeOfKey(scope)
    if (account !== undefined && campaign === undefined) known.accounts.add(scope)
  }
}

import type { Delivery } from '../support/fill.ts'

/**
 * What slices.ts promises, said again in the plainest way: facts are walked, nothing is summed in advance, and no code
 * is shared with what it checks.
 */
export type Fact = Delivery & { readonly level: NonNullable<Delivery['level']> }
export type Expected = { impressions: bigint | null; clicks: bigint | null }
export type Test = {
  readonly field: string
  readonly op: 'eq' | 'ne' | 'in'
  readonly values: readonly (string | null)[]
}

export function bruteForce(
  facts: readonly Fact[],
  dimensions: readonly string[],
  filters: readonly Test[],
): Map<string, Expected> {
  const always = facts.filter((f) => filters.every((t) => !ALWAYS.includes(t.field) || passes(t, label(f, t.field))))
  const fixed = filters.filter((t) => !ALWAYS.includes(t.field) && t.op !== 'ne' && !t.values.includes(null))
  const later = filters.filter((t) => !ALWAYS.includes(t.field) && !fixed.includes(t))
  const rows: Emitted[] = []
  for (const { chain, index, accounts } of stepsOf(facts, dimensions, filters, fixed)) {
    rows.push(...emit(always, chain, index, fixed, accounts))
  }
  return collect(
    rows.filter((r) => later.every((t) => passes(t, r.labels[t.field] ?? null))),
    dimensions,
  )
}

type Emitted = {
  readonly labels: Readonly<Record<string, string | null>>
  readonly impressions: bigint
  readonly clicks: bigint
  readonly impressions_n: number
  readonly clicks_n: number
  readonly present: boolean
}

const ALWAYS = ['day', 'platform', 'account']
const FINE = ['campaign', 'ad_group', 'ad', 'creative', 'country', 'device']

type Step = { readonly chain: readonly (readonly string[])[]; readonly index: number; readonly accounts: boolean }

/** The sets of dimensions known at each depth, one step per depth. */
function stepsOf(
  facts: readonly Fact[],
  dimensions: readonly string[],
  filters: readonly Test[],
  fixed: readonly Test[],
): Step[] {
  const wanted = FINE.filter((d) => dimensions.includes(d) || filters.some((t) => t.field === d))
  let known = wanted.filter((d) => fixed.some((t) => t.field === d))
  const chain = [known]
  for (const d of wanted.filter((w) => !known.includes(w))) {
    if (!facts.some((f) => tells(f, [...known, d]))) continue
    known = [...known, d]
    chain.push(known)
  }
  const accounts = chain.some((k) => facts.some((f) => f.level === 'account' && tells(f, k)))
  return chain.map((_, index) => ({ chain, index, accounts }))
}

/** Whether the report that a fact comes from is split by these dimensions. */
function tells(f: Fact, known: readonly string[]): boolean {
  if (known.includes('country') && f.country === undefined) return false
  if (known.includes('device') && f.device === undefined) return false
  const object =
    known.includes('ad') || known.includes('creative')
      ? 'ad'
      : known.includes('ad_group')
        ? 'ad_group'
        : known.includes('campaign')
          ? 'campaign'
          : 'account'
  if (object === 'account') return true
  if (object === 'campaign') return f.level !== 'account'
  if (object === 'ad_group') return f.level === 'ad_group' || f.level === 'ad'
  return f.level === 'ad'
}

/** What is shown at depth `index`: everything at the last, elsewhere what the next depth leaves over. */
function emit(
  all: readonly Fact[],
  chain: Step['chain'],
  index: number,
  fixed: readonly Test[],
  accountRows: boolean,
): Emitted[] {
  const known = chain[index]!
  const next = chain[index + 1]
  const fits = (f: Fact) => fixed.every((t) => passes(t, label(f, t.field)))
  const mine = counted(all, known).filter(fits)
  if (next === undefined) return mine.map((f) => ({ ...sum([f], []), labels: labelsOf(f, known), present: true }))
  const parts = counted(all, next).filter(fits)
  const groups = new Map<string, { plus: Fact[]; minus: Fact[]; labels: Record<string, string | null> }>()
  const put = (side: 'plus' | 'minus') => (f: Fact) => {
    const labels = labelsOf(f, known)
    const campaign = !accountRows || known.includes('campaign') ? (f.campaign ?? '') : ''
    const key = JSON.stringify([f.currency, campaign, labels])
    const group = groups.get(key) ?? { plus: [], minus: [], labels }
    group[side].push(f)
    groups.set(key, group)
  }
  // A fact that counts here and there leaves nothing over.
  const [here, there] = [new Set(mine), new Set(parts)]
  mine.filter((f) => !there.has(f)).forEach(put('plus'))
  parts.filter((f) => !here.has(f)).forEach(put('minus'))
  return [...groups.values()].map(({ plus, minus, labels }) => {
    const rest = sum(plus, minus)
    return { ...rest, labels, present: rest.impressions !== 0n || rest.clicks !== 0n }
  })
}

/** The facts that together are the delivery, each once, among reports split by `known`. */
function counted(all: readonly Fact[], known: readonly string[]): Fact[] {
  const byAccount = Map.groupBy(all, (f) => JSON.stringify([f.day, f.platform, f.account, f.currency]))
  return [...byAccount.values()].flatMap((facts) => {
    const campaigns = [
      ...Map.groupBy(
        facts.filter((f) => f.level !== 'account'),
        (f) => f.campaign ?? '',
      ).values(),
    ].flatMap((f) => ofCampaign(f, known))
    if (known.some((d) => ['campaign', 'ad_group', 'ad', 'creative'].includes(d))) return campaigns
    const reports = reportsOf(facts.filter((f) => f.level === 'account' && tells(f, known)))
    const exact = reports.find((r) => splits(r[0]!) === breakdownsOf(known))
    if (exact !== undefined) return exact
    return campaigns.length > 0 ? campaigns : (reports[0] ?? [])
  })
}

function ofCampaign(facts: readonly Fact[], known: readonly string[]): Fact[] {
  const telling = facts.filter((f) => tells(f, known))
  const main = reportsOf(telling.filter((f) => f.level !== 'asset_group'))[0] ?? []
  if (main[0]?.level === 'campaign' || known.some((d) => ['ad_group', 'ad', 'creative'].includes(d))) return main
  return [...main, ...(reportsOf(telling.filter((f) => f.level === 'asset_group'))[0] ?? [])]
}

/** Facts by report, the one to trust first: fewest splits, then coarsest level, then by name. */
function reportsOf(facts: readonly Fact[]): Fact[][] {
  const order = ['campaign', 'ad_group', 'ad']
  const name = (f: Fact) =>
    `${f.level}|${[f.country && 'country', f.device && 'device', f.segment && 'segment'].filter(Boolean).join(',')}`
  return [...Map.groupBy(facts, name).entries()]
    .toSorted(
      ([a, [x]], [b, [y]]) =>
        splits(x!) - splits(y!) || order.indexOf(x!.level) - order.indexOf(y!.level) || (a < b ? -1 : 1),
    )
    .map(([, report]) => report)
}

function splits(f: Fact): number {
  return [f.country, f.device, f.segment].filter((v) => v !== undefined).length
}

function breakdownsOf(known: readonly string[]): number {
  return known.filter((d) => d === 'country' || d === 'device').length
}

function sum(plus: readonly Fact[], minus: readonly Fact[]): Omit<Emitted, 'labels' | 'present'> {
  const of = (name: 'impressions' | 'clicks') => {
    const total = (facts: readonly Fact[]) => facts.reduce((s, f) => s + BigInt(f[name] ?? 0), 0n)
    const known = plus.filter((f) => f[name] !== undefined).length
    return { value: known === 0 ? 0n : total(plus) - total(minus), known }
  }
  const [impressions, clicks] = [of('impressions'), of('clicks')]
  return {
    impressions: impressions.value,
    impressions_n: impressions.known,
    clicks: clicks.value,
    clicks_n: clicks.known,
  }
}

function labelsOf(f: Fact, known: readonly string[]): Record<string, string | null> {
  return Object.fromEntries(
    [...ALWAYS, ...FINE].map((d) => [d, ALWAYS.includes(d) || known.includes(d) ? label(f, d) : null]),
  )
}

function label(f: Fact, dimension: string): string | null {
  return (f as unknown as Record<string, string | undefined>)[dimension] ?? null
}

function passes({ op, values }: Test, value: string | null): boolean {
  return op === 'ne' ? value !== values[0] : values.includes(value)
}

function collect(rows: readonly Emitted[], dimensions: readonly string[]): Map<string, Expected> {
  const groups = Map.groupBy(rows, (r) => JSON.stringify(dimensions.map((d) => r.labels[d] ?? null)))
  const out = new Map<string, Expected>()
  for (const [key, group] of groups) {
    if (!group.some((r) => r.present)) continue
    const total = (name: 'impressions' | 'clicks') => {
      const known = group.some((r) => r[`${name}_n`] > 0)
      return known ? group.reduce((s, r) => s + r[name], 0n) : null
    }
    out.set(key, { impressions: total('impressions'), clicks: total('clicks') })
  }
  return out
}

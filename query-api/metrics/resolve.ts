import { COMMERCE_SLICE } from '../../schemas/windows.ts'
import type { Binder } from './binder.ts'
import { CAMPAIGNS, CHAIN, carries, type Depth, isCampaignLevel, isStatic } from './slices.ts'

/**
 * Where rows come from. Both have the columns day, start (hourly ones only), platform, account, campaign …, currency,
 * slice, n and the sums, so that everything above is the same for windows and for facts.
 */
export type Relation = {
  /** `SELECT … FROM …` of the rows that the question is about. */
  readonly rows: string
  /** Rows by which the slices present in a key are found: those of `rows`, before any filter finer than a campaign. */
  readonly keys: string
  /** Columns that tell the keys of `rows` apart, of those above. */
  readonly columns: readonly string[]
}

/**
 * Rows of which every delivery counts exactly once (see slices.ts): `SELECT` with the columns of the relation, plus
 * `present` (above zero where there was something to report, be it all zeros).
 *
 * @param guess the slices that were thought to exist, when rows of others are to be let through (static depths only)
 */
export function resolved(
  relation: Relation,
  depths: readonly Depth[],
  sums: readonly Sum[],
  bind: Binder['bind'],
  guess?: readonly string[],
): string {
  const columns = [...relation.columns, 'currency', 'slice']
  if (depths.every(isStatic)) return plain(relation, depths, sums, bind, guess)
  const last = depths.length - 1
  const picked = `(${relation.rows}) AS rows INNER JOIN (${picks(relation.keys, depths, bind)}) AS picks USING (day, platform, account, campaign, currency)`
  const members = depths.map((depth, i) => memberOf(depth, i, bind))
  const commerce = `slice = ${bind(COMMERCE_SLICE, 'String')}`
  const inner = [...columns, 'n', ...sums.map((s) => s.name)]
  if (last === 0) {
    return `SELECT ${[...inner, 'n AS present'].join(', ')} FROM ${picked} WHERE ${commerce} OR ${members[0]}`
  }
  // A row that counts at a depth adds there, and is taken off its parent one depth above.
  const counts = `SELECT ${[...inner, ...members.map((m, i) => `toInt8(${m}) AS m${i}`)].join(', ')} FROM ${picked}`
  const emits = depths.map((_, i) => `(${i}, m${i}${i === last ? '' : ` - m${i + 1}`})`)
  const marked = `SELECT *, arrayJoin(if(${commerce}, [(${last}, 1)], arrayFilter(e -> e.2 != 0, [${emits.join(', ')}]))) AS emit, emit.1 AS depth, emit.2 AS sign FROM (${counts})`
  const keys = relation.columns.map((c) => `${masked(c, depths)} AS k_${c}`)
  const values = sums.map((s) => `${partOf(s, last)} AS v_${s.name}`)
  const nonzero = sums
    .filter((s) => !s.counter)
    .map((s) => `v_${s.name} != 0`)
    .join(' OR ')
  const summed = [
    `SELECT ${[...keys, 'currency AS k_currency', `if(${commerce}, slice, '') AS k_slice`, 'depth', ...values].join(', ')},`,
    `if(depth < ${last}, toInt64(${nonzero}), sum(n)) AS present FROM (${marked})`,
    `GROUP BY ${[...relation.columns.map((c) => `k_${c}`), 'k_currency', 'k_slice', 'depth'].join(', ')}`,
  ].join(' ')
  const named = [...columns.map((c) => `k_${c} AS ${c}`), ...sums.map((s) => `v_${s.name} AS ${s.name}`), 'present']
  return `SELECT ${named.join(', ')} FROM (${summed})`
}

/** A summed column; `known` names its counter, `counter` says that it is one. */
export type Sum = { readonly name: string; readonly known: string | undefined; readonly counter: boolean }

/**
 * No key has to be looked at, and no residual can arise: with one candidate for every depth, what counts at a depth
 * counts at all depths above.
 */
function plain(
  relation: Relation,
  depths: readonly Depth[],
  sums: readonly Sum[],
  bind: Binder['bind'],
  guess: readonly string[] | undefined,
): string {
  const deepest = new Map<string, Depth>()
  for (const depth of depths) for (const slice of [...depth.main, ...depth.assets]) deepest.set(slice, depth)
  const columns = relation.columns.map((column) => {
    if (!(CHAIN as readonly string[]).includes(column)) return column
    const hidden = [...deepest].filter(([slice, { known }]) => carries(slice, column) && !known.has(column))
    if (hidden.length === 0 || column === 'campaign') return column
    return `if(slice IN ${bind(
      hidden.map(([slice]) => slice),
      'Array(String)',
    )}, '', ${column}) AS ${column}`
  })
  const values = sums.map((s) => s.name)
  const select = `SELECT ${[...columns, 'currency', 'slice', ...values, 'n AS present'].join(', ')} FROM (${relation.rows})`
  const counting = [...deepest.keys(), COMMERCE_SLICE]
  if (guess === undefined) return `${select} WHERE slice IN ${bind(counting, 'Array(String)')}`
  // Rows of slices that the guess did not know are let through, to be noticed.
  const idle = guess.filter((slice) => !counting.includes(slice))
  return idle.length === 0 ? select : `${select} WHERE slice NOT IN ${bind(idle, 'Array(String)')}`
}

/** Whether a row counts at depth i, from its slice and the picks of its key. */
function memberOf(depth: Depth, i: number, bind: Binder['bind']): string {
  const rank = (list: readonly string[]) => `indexOf(${bind(list, 'Array(String)')}, slice)`
  const campaignRanks = depth.main.flatMap((s, at) => (isCampaignLevel(s) ? [at + 1] : []))
  const parts: string[] = []
  if (isStatic(depth)) {
    const all = [...depth.main, ...depth.assets]
    return `slice IN ${bind(all, 'Array(String)')}`
  }
  if (depth.main.length > 0) parts.push(`(main${i} > 0 AND ${rank(depth.main)} = main${i})`)
  if (depth.assets.length > 0) {
    const own = campaignRanks.length === 0 ? '' : ` AND NOT has(${bind(campaignRanks, 'Array(UInt32)')}, main${i})`
    parts.push(`(assets${i} > 0 AND ${rank(depth.assets)} = assets${i}${own})`)
  }
  const campaigns = parts.length === 0 ? '0' : `(${parts.join(' OR ')})`
  if (depth.accounts.length === 0) return campaigns
  const sumOfCampaigns = depth.accounts.indexOf(CAMPAIGNS) + 1
  return `if(startsWith(slice, 'account|'), account${i} > 0 AND ${rank(depth.accounts)} = account${i}, account${i} = ${sumOfCampaigns} AND ${campaigns})`
}

/** Per key and depth, the rank of the best slice present: 0 for none. */
function picks(keys: string, depths: readonly Depth[], bind: Binder['bind']): string {
  const best = (list: readonly string[], on: string) => {
    const rank = `indexOf(${bind(list, 'Array(String)')}, ${on})`
    return `minIf(${rank}, ${rank} > 0)`
  }
  const perKey: string[] = []
  const perAccount: string[] = []
  for (const [i, depth] of depths.entries()) {
    if (isStatic(depth)) continue
    if (depth.main.length > 0) perKey.push(`${best(depth.main, 'slice')} AS main${i}`)
    if (depth.assets.length > 0) perKey.push(`${best(depth.assets, 'slice')} AS assets${i}`)
    if (depth.accounts.length === 0) continue
    const campaigns = bind(CAMPAIGNS, 'String')
    const level = bind([...depth.main, ...depth.assets], 'Array(String)')
    perKey.push(
      `${best(depth.accounts, `multiIf(startsWith(slice, 'account|'), toString(slice), slice IN ${level}, ${campaigns}, '')`)} AS own${i}`,
    )
    perAccount.push(`minIf(own${i}, own${i} > 0) OVER (PARTITION BY day, platform, account, currency) AS account${i}`)
  }
  const inner = `SELECT ${[...KEY, ...perKey].join(', ')} FROM (${keys}) WHERE n > 0 GROUP BY ${KEY.join(', ')}`
  return perAccount.length === 0 ? inner : `SELECT *, ${perAccount.join(', ')} FROM (${inner})`
}

const KEY = ['day', 'platform', 'account', 'campaign', 'currency']

/** A dimension is known from the depth on that adds it; '' above. Columns that no slice differs in are always known. */
function masked(column: string, depths: readonly Depth[]): string {
  if (!(CHAIN as readonly string[]).includes(column)) return column
  // Where accounts have no rows of their own, campaigns are what residuals are taken of.
  if (column === 'campaign' && depths.every((depth) => depth.accounts.length === 0)) return column
  const from = depths.findIndex((depth) => depth.known.has(column))
  if (from === 0) return column
  return `if(slice = '${COMMERCE_SLICE}'${from < 0 ? '' : ` OR depth >= ${from}`}, toString(${column}), '')`
}

/** A residual is unknown where the total is: there, what the parts know must not be taken off. */
function partOf(sum: Sum, last: number): string {
  if (sum.counter) return `sumIf(${sum.name}, sign > 0)`
  const value = `sum(sign * ${sum.name})`
  return sum.known === undefined
    ? value
    : `if(depth < ${last} AND sumIf(${sum.known}, sign > 0) = 0, toInt128(0), ${value})`
}

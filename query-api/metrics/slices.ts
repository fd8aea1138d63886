import { COMMERCE_SLICE } from '../../schemas/windows.ts'

/**
 * One delivery, many reports of it: a platform shows the same spend as campaign rows and as ad rows, with and without
 * a split by country, device, hour or segment. Each such report is a slice (`level|breakdown`, see `sliceOf`), and no
 * two slices may be added, except asset groups, which stand beside ad groups or ads and never repeat them.
 *
 * Which slice counts is decided per key (day, platform, account, campaign, currency), never for an answer as a whole:
 * one campaign may be reported by ad and its neighbour by asset group.
 *
 * A question needs dimensions. It is answered in depths, each adding one dimension: depth 0 needs nothing, the last
 * one all of them. At each depth the value of a key comes from the best slice present there:
 *
 * - of a campaign: fewest breakdowns first, then the coarsest level (campaign, ad group, ad); asset groups are added
 *   to ad groups or ads, not to a campaign's own row;
 * - of an account, where the depth does not ask for campaigns: its own row when there is one without surplus
 *   breakdown, else the sum of its campaigns, else its own broken-down rows.
 *
 * What depth i knows and depth i + 1 does not is the residual: shown with the deeper dimensions null, so that every
 * level adds up to its parent. A slice that counts at depth i and at depth i + 1 has no residual between them.
 * Dimensions that the question fixes with `eq` or `in` come first, and depths that lack one of them are left out: the
 * total of such a question is the total of what it fixed. A dimension that no slice has beside those before it is
 * passed over: it is null everywhere.
 */
export type Depth = {
  /** Dimensions that are known at this depth; the others of the question are null. */
  readonly known: ReadonlySet<string>
  /** Slices of levels campaign, ad group and ad that can answer, best first. */
  readonly main: readonly string[]
  readonly assets: readonly string[]
  /** Slices of level account, best first, with {@link CAMPAIGNS} standing for the sum of the campaigns. */
  readonly accounts: readonly string[]
}

export const CAMPAIGNS = '(campaigns)'

/** Dimensions along which slices differ, in the order in which depths add them. */
export const CHAIN = ['campaign', 'ad_group', 'ad', 'creative', 'country', 'device'] as const

export type Question = {
  /** Dimensions of the answer and of its filters. */
  readonly needed: readonly string[]
  /** Those that a filter fixes to given, known values. */
  readonly fixed: readonly string[]
  /** Only rows of single hours can answer. */
  readonly hourly: boolean
}

/**
 * The depths of a question over the slices that exist, coarsest first, without those that change nothing.
 *
 * @param slices the slices that there are in the range
 */
export function depthsOf(question: Question, slices: readonly string[]): Depth[] {
  const parsed = slices.filter((s) => s !== COMMERCE_SLICE).map((s) => parseSlice(s, question.hourly))
  const wanted = CHAIN.filter((d) => question.needed.includes(d))
  const fixed = wanted.filter((d) => question.fixed.includes(d))
  const depths = [depthOf(fixed, parsed)]
  let known: readonly string[] = fixed
  for (const dim of wanted.filter((d) => !fixed.includes(d))) {
    const depth = depthOf([...known, dim], parsed)
    if (depth.main.length + depth.assets.length + depth.accounts.length === 0) continue
    depths.push(depth)
    known = [...known, dim]
  }
  return depths.filter((depth, i) => !sameSlices(depth, depths[i + 1]))
}

/** Whether each slice counts in every key or in none, so that no key has to be looked at. */
export function isStatic(depth: Depth): boolean {
  if (depth.accounts.some((s) => s !== CAMPAIGNS)) return false
  if (depth.main.length > 1 || depth.assets.length > 1) return false
  return depth.assets.length === 0 || !depth.main.some(isCampaignLevel)
}

/** Whether a slice already holds the asset groups of its campaign. */
export function isCampaignLevel(slice: string): boolean {
  return slice.startsWith('campaign|')
}

/** Whether rows of a slice can say which value of a dimension they belong to. */
export function carries(slice: string, dim: string): boolean {
  const { level, by } = parseSlice(slice, false)
  if (dim === 'country' || dim === 'device') return by.has(dim)
  if (dim === 'campaign') return level !== 'account'
  return dim === 'ad_group' ? level !== 'account' && level !== 'campaign' : level === 'ad'
}

type Parsed = { readonly text: string; readonly level: string; readonly by: ReadonlySet<string> }

function parseSlice(text: string, hourly: boolean): Parsed {
  const [level = '', breakdown = ''] = text.split('|')
  const by = new Set(breakdown === '' ? [] : breakdown.split(','))
  // An hourly question needs the hour of every row; it is then no surplus.
  if (hourly && by.has('hour')) return { text, level, by: new Set([...by].filter((b) => b !== 'hour')) }
  return { text, level: hourly ? '' : level, by }
}

function depthOf(dims: readonly string[], slices: readonly Parsed[]): Depth {
  const entity = dims.some((d) => d === 'ad' || d === 'creative') ? 2 : dims.includes('ad_group') ? 1 : 0
  const breakdown = dims.filter((d) => d === 'country' || d === 'device')
  const fits = slices.filter((s) => breakdown.every((b) => s.by.has(b)))
  const surplus = (s: Parsed) => s.by.size - breakdown.length
  const best = (a: Parsed, b: Parsed) =>
    surplus(a) - surplus(b) || LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) || (a.text < b.text ? -1 : 1)
  const names = (list: readonly Parsed[]) => list.toSorted(best).map((s) => s.text)
  const accounts = dims.some((d) => ENTITIES.includes(d)) ? [] : fits.filter((s) => s.level === 'account')
  const main = names(fits.filter((s) => LEVELS.indexOf(s.level) >= entity))
  const assets = entity > 0 ? [] : names(fits.filter((s) => s.level === 'asset_group'))
  return {
    known: new Set(dims),
    main,
    assets,
    accounts:
      accounts.length === 0
        ? []
        : [
            ...names(accounts.filter((s) => surplus(s) === 0)),
            ...(main.length + assets.length > 0 ? [CAMPAIGNS] : []),
            ...names(accounts.filter((s) => surplus(s) > 0)),
          ],
  }
}

const LEVELS = ['campaign', 'ad_group', 'ad']
const ENTITIES = ['campaign', 'ad_group', 'ad', 'creative']

function sameSlices(depth: Depth, next: Depth | undefined): boolean {
  if (next === undefined) return false
  const same = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((s, i) => s === b[i])
  return same(depth.main, next.main) && same(depth.assets, next.assets) && same(depth.accounts, next.accounts)
}

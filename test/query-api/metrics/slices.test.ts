import { describe, expect, it } from 'vitest'
import { CAMPAIGNS, depthsOf, isStatic } from '../../../query-api/metrics/slices.ts'

type Case = {
  readonly title: string
  readonly slices: readonly string[]
  readonly needed: readonly string[]
  readonly fixed?: readonly string[]
  readonly hourly?: boolean
  /** Known dimensions > main + assets / accounts, per depth. */
  readonly depths: readonly string[]
  readonly static: boolean
}

const CASES: readonly Case[] = [
  { title: 'one slice', slices: ['ad|'], needed: ['campaign', 'ad'], depths: ['campaign,ad > ad|'], static: true },
  {
    title: 'asset groups stand beside ads, and have none',
    slices: ['ad|', 'asset_group|'],
    needed: ['ad'],
    depths: [' > ad| + asset_group|', 'ad > ad|'],
    static: true,
  },
  {
    title: 'a campaign row is before ad rows, and holds its asset groups',
    slices: ['ad|', 'asset_group|', 'campaign|'],
    needed: ['campaign'],
    depths: ['campaign > campaign|,ad| + asset_group|'],
    static: false,
  },
  {
    title: 'fewest breakdowns first, then the coarsest level',
    slices: ['ad|', 'campaign|country', 'ad|country,device', 'ad_group|'],
    needed: [],
    depths: [' > ad_group|,ad|,campaign|country,ad|country,device'],
    static: false,
  },
  {
    title: 'each depth adds what its slices can tell',
    slices: ['campaign|', 'ad|', 'ad|country'],
    needed: ['country', 'ad'],
    depths: [' > campaign|,ad|,ad|country', 'ad > ad|,ad|country', 'ad,country > ad|country'],
    static: false,
  },
  {
    title: 'a dimension that no slice has with those before it is passed over',
    slices: ['campaign|country'],
    needed: ['ad', 'country'],
    depths: ['country > campaign|country'],
    static: true,
  },
  {
    title: 'what is fixed comes first and is never given up',
    slices: ['campaign|country', 'ad|'],
    needed: ['ad', 'country'],
    fixed: ['country'],
    depths: ['country > campaign|country'],
    static: true,
  },
  {
    title: 'nothing can tell what is fixed',
    slices: ['ad|'],
    needed: ['country'],
    fixed: ['country'],
    depths: ['country > '],
    static: true,
  },
  {
    title: 'accounts: own row, campaigns, own rows with surplus breakdown',
    slices: ['account|', 'account|country', 'ad|'],
    needed: ['account'],
    depths: [` > ad| / account|,${CAMPAIGNS},account|country`],
    static: false,
  },
  {
    title: 'accounts have no campaigns',
    slices: ['account|', 'ad|'],
    needed: ['campaign'],
    depths: [` > ad| / account|,${CAMPAIGNS}`, 'campaign > ad|'],
    static: false,
  },
  {
    title: 'hours: only slices that have them, and the hour is no surplus',
    slices: ['ad|', 'ad|hour', 'campaign|country,hour'],
    needed: ['hour', 'campaign'],
    hourly: true,
    depths: ['campaign > ad|hour,campaign|country,hour'],
    static: false,
  },
  { title: 'nothing there', slices: ['commerce'], needed: ['ad'], depths: [' > '], static: true },
]

describe('depths of a question', () => {
  it.each(CASES)('$title', ({ slices, needed, fixed = [], hourly = false, ...expected }) => {
    const depths = depthsOf({ needed, fixed, hourly }, slices)
    const shown = depths.map(({ known, main, assets, accounts }) => {
      const beside = assets.length === 0 ? '' : ` + ${assets.join()}`
      return `${[...known].join()} > ${main.join()}${beside}${accounts.length === 0 ? '' : ` / ${accounts.join()}`}`
    })
    expect(shown).toEqual(expected.depths)
    expect(depths.every(isStatic)).toBe(expected.static)
  })

  it('does not depend on the order in which slices are found', () => {
    const slices = ['ad|', 'campaign|', 'ad|country', 'account|', 'asset_group|', 'ad_group|device']
    const question = { needed: ['campaign', 'country'], fixed: [], hourly: false }
    expect(depthsOf(question, slices.toReversed())).toEqual(depthsOf(question, slices))
  })
})

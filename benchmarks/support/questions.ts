import { DAY_MS, formatDay } from '../../schemas/zone.ts'

/** What the questions filter by, in turn. */
export const QUESTION_KINDS = ['none', 'platform', 'campaign', 'country', 'device'] as const

/**
 * The n-th question: 30 days by campaign, somewhere in the 240 days that the import file has. No two of the first
 * 100,000 have the same text.
 */
export function questionOf(n: number): { readonly kind: (typeof QUESTION_KINDS)[number]; readonly path: string } {
  const kind = QUESTION_KINDS[n % QUESTION_KINDS.length]!
  const round = Math.floor(n / QUESTION_KINDS.length)
  const from = FIRST_DAY + (round % RANGES)
  const again = Math.floor(round / RANGES)
  const measures = MEASURES[again % MEASURES.length]!
  // Once ranges and measures are used up, the limit tells the texts apart.
  const limit = 1_000 + Math.floor(again / MEASURES.length)
  const filter = filterOf(kind, round)
  const query = `measures=${measures}&dimensions=campaign&from=${formatDay(from)}&to=${formatDay(from + 30)}&limit=${limit}`
  return { kind, path: `/v1/metrics?${query}${filter === undefined ? '' : `&filter=${encodeURIComponent(filter)}`}` }
}

function filterOf(kind: (typeof QUESTION_KINDS)[number], round: number): string | undefined {
  if (kind === 'none') return undefined
  if (kind === 'platform') return `platform:eq:${['meta', 'google', 'tiktok'][round % 3]}`
  if (kind === 'campaign') return `campaign:in:${[1, 6, 11, 16].map((c) => `C${c + (round % 5)}`).join(',')}`
  if (kind === 'country') return `country:eq:${['US', 'CA'][round % 2]}`
  return `device:eq:${['mobile', 'desktop'][round % 2]}`
}

const FIRST_DAY = Date.UTC(2026, 0, 1) / DAY_MS - 240
const RANGES = 240 - 30
const MEASURES = ['spend,revenue,orders', 'impressions,clicks,ctr', 'spend,conversions,cpa', 'revenue,orders,aov,mer']

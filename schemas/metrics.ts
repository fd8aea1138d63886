/**
 * Metrics as data: what every measure is made of, in what unit, and along what it may be added. The query API plans
 * from this table, and `docs/metrics.md` is printed from it; adding a measure is adding an entry.
 */
export type Unit = 'count' | 'decimal' | 'money' | 'ratio'

type Common = {
  readonly name: string
  readonly unit: Unit
  /** Along what the values of rows may be added up to a total. */
  readonly additive: string
  /** Who says so: the shop (truth) or the ad platforms (claims). */
  readonly source: string
  readonly description: string
}

/** A sum of window columns; `minus` is taken off. Amounts that a source left unknown are in neither. */
export type SumMeasure = Common & {
  readonly kind: 'sum'
  readonly plus: readonly string[]
  readonly minus: readonly string[]
}

/** numerator × factor / denominator, both measures of kind `sum`; never stored, always taken from the two sums. */
export type RatioMeasure = Common & {
  readonly kind: 'ratio'
  readonly numerator: string
  readonly denominator: string
  readonly factor: number
}

/** Counts of distinct things, taken from the facts: the parts of a total overlap. */
export type DistinctMeasure = Common & { readonly kind: 'distinct' }

/** What a platform counted for exactly one of its rows; nobody outside of the platform can add two of them. */
export type NonAdditiveMeasure = Common & { readonly kind: 'non_additive'; readonly column: string }

export type Measure = SumMeasure | RatioMeasure | DistinctMeasure | NonAdditiveMeasure

const SHOP = 'shop (orders and refunds)'
const PLATFORM = 'ad platform (delivery reports)'
const ALL = 'everything'
const SAME_CURRENCY = 'everything within one currency'
const NOTHING = 'nothing: recomputed from its two sums'

export const MEASURES: readonly Measure[] = [
  sum('orders', 'count', ['orders'], [], ALL, SHOP, 'Orders, without test and voided ones; cancelled ones count.'),
  sum(
    'revenue',
    'money',
    ['gross_micros'],
    ['refunds_micros'],
    SAME_CURRENCY,
    SHOP,
    'Gross revenue on the day of the order less refunds on the day of the refund; a refund of unknown amount takes nothing off.',
  ),
  sum(
    'gross_revenue',
    'money',
    ['gross_micros'],
    [],
    SAME_CURRENCY,
    SHOP,
    'Order totals after edits, with tax and shipping.',
  ),
  sum(
    'refunds',
    'money',
    ['refunds_micros'],
    [],
    SAME_CURRENCY,
    SHOP,
    'Refunds on their own day; null where there were refunds and not one amount is known.',
  ),
  distinct('customers', 'nothing: a customer may order in several parts', 'Distinct customers with a counted order.'),
  distinct(
    'new_customers',
    'time, and every dimension that an order has one value of',
    'Customers whose first counted order ever lies in the row.',
  ),
  sum('spend', 'money', ['spend_micros'], [], SAME_CURRENCY, PLATFORM, 'Advertising cost.'),
  sum('impressions', 'count', ['impressions'], [], ALL, PLATFORM, 'Times an ad was shown.'),
  sum('clicks', 'count', ['clicks'], [], ALL, PLATFORM, 'Clicks on ads.'),
  sum('video_views', 'count', ['video_views'], [], ALL, PLATFORM, 'Video views of at least 3 seconds.'),
  sum(
    'conversions',
    'decimal',
    ['conversions_micros'],
    [],
    'everything; two platforms may count the same conversion',
    PLATFORM,
    "The platforms' headline conversions, fractions included (an integer when whole).",
  ),
  sum(
    'claimed_revenue',
    'money',
    ['claimed_micros'],
    [],
    'everything of one platform: two platforms may claim the same order',
    PLATFORM,
    'Value that a platform claims for its conversions. Never part of revenue.',
  ),
  ratio(
    'claimed_share',
    'ratio',
    'claimed_revenue',
    'revenue',
    1,
    'What all platforms claim, per unit of revenue: above 1 they claim more than was sold.',
  ),
  ratio('roas', 'ratio', 'claimed_revenue', 'spend', 1, 'Return on ad spend as the platform claims it.'),
  ratio('mer', 'ratio', 'revenue', 'spend', 1, 'Marketing efficiency: revenue of the shop per unit of ad spend.'),
  ratio('ctr', 'ratio', 'clicks', 'impressions', 1, 'Click-through rate.'),
  ratio('cvr', 'ratio', 'conversions', 'clicks', 1, 'Conversions per click.'),
  ratio('cpc', 'money', 'spend', 'clicks', 1, 'Cost per click.'),
  ratio('cpm', 'money', 'spend', 'impressions', 1000, 'Cost per thousand impressions.'),
  ratio('cpa', 'money', 'spend', 'conversions', 1, 'Cost per conversion as the platforms count them.'),
  ratio(
    'aov',
    'money',
    'gross_revenue',
    'orders',
    1,
    'Average order value before refunds: a refund belongs to another day than its order.',
  ),
  nonAdditive('reach', 'count', 'reach', 'People who saw the ad object on that day, as the platform estimates.'),
  nonAdditive('frequency', 'ratio', 'frequency_micros', 'Impressions per person reached, as the platform reports it.'),
]

export const measureOf: ReadonlyMap<string, Measure> = new Map(MEASURES.map((m) => [m.name, m]))

export type MetricDimension = {
  readonly name: string
  readonly kind: 'time' | 'id' | 'name' | 'currency'
  /** Of a name: the dimension that it names. */
  readonly of?: string
  readonly description: string
}

export const METRIC_DIMENSIONS: readonly MetricDimension[] = [
  { name: 'hour', kind: 'time', description: 'UTC instant at which the local hour of the account or shop begins.' },
  { name: 'day', kind: 'time', description: 'Local date of the account or shop.' },
  { name: 'week', kind: 'time', description: 'Its Monday.' },
  { name: 'month', kind: 'time', description: 'Its first day.' },
  { name: 'platform', kind: 'id', description: 'Ad platform; of an order, the one the shop recorded with it.' },
  { name: 'account', kind: 'id', description: 'Ad account.' },
  { name: 'campaign', kind: 'id', description: 'Campaign.' },
  { name: 'ad_group', kind: 'id', description: 'Ad group or ad set.' },
  { name: 'ad', kind: 'id', description: 'Ad.' },
  { name: 'creative', kind: 'id', description: 'Creative.' },
  { name: 'country', kind: 'id', description: 'Country.' },
  { name: 'device', kind: 'id', description: 'Device.' },
  { name: 'product', kind: 'id', description: 'Product of an order line; commerce measures only.' },
  { name: 'account_name', kind: 'name', of: 'account', description: 'Newest observed name of the account.' },
  { name: 'campaign_name', kind: 'name', of: 'campaign', description: 'Newest observed name of the campaign.' },
  { name: 'ad_group_name', kind: 'name', of: 'ad_group', description: 'Newest observed name of the ad group.' },
  { name: 'ad_name', kind: 'name', of: 'ad', description: 'Newest observed name of the ad.' },
  { name: 'creative_name', kind: 'name', of: 'creative', description: 'Newest observed name of the creative.' },
  { name: 'currency', kind: 'currency', description: 'ISO 4217; stands in every row that has money.' },
]

export const dimensionOf: ReadonlyMap<string, MetricDimension> = new Map(METRIC_DIMENSIONS.map((d) => [d.name, d]))

/** The formula of a measure, for people. */
export function formulaOf(measure: Measure): string {
  switch (measure.kind) {
    case 'sum':
      return [measure.plus.join(' + '), ...measure.minus].join(' − ')
    case 'ratio':
      return `${measure.numerator}${measure.factor === 1 ? '' : ` × ${measure.factor}`} / ${measure.denominator}`
    case 'distinct':
      return `distinct ${measure.name}`
    case 'non_additive':
      return measure.column
  }
}

/** The tables of `docs/metrics.md`, in Markdown. */
export function metricsTable(): string {
  const measures = MEASURES.map((m) => [
    `\`${m.name}\``,
    m.kind,
    m.unit,
    formulaOf(m),
    m.additive,
    m.source,
    m.description,
  ])
  const dimensions = METRIC_DIMENSIONS.map((d) => [`\`${d.name}\``, d.kind, d.description])
  return [
    table(['measure', 'kind', 'unit', 'formula', 'additive over', 'source', 'meaning'], measures),
    table(['dimension', 'kind', 'meaning'], dimensions),
  ].join('\n')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`
  return `${line(head)}${line(head.map(() => '---'))}${rows.map(line).join('')}`
}

function sum(
  name: string,
  unit: Unit,
  plus: readonly string[],
  minus: readonly string[],
  additive: string,
  source: string,
  description: string,
): SumMeasure {
  return { kind: 'sum', name, unit, plus, minus, additive, source, description }
}

function ratio(
  name: string,
  unit: Unit,
  numerator: string,
  denominator: string,
  factor: number,
  description: string,
): RatioMeasure {
  const source = `${numerator}, ${denominator}`
  return { kind: 'ratio', name, unit, numerator, denominator, factor, additive: NOTHING, source, description }
}

function distinct(name: string, additive: string, description: string): DistinctMeasure {
  return { kind: 'distinct', name, unit: 'count', additive, source: SHOP, description }
}

function nonAdditive(name: string, unit: Unit, column: string, description: string): NonAdditiveMeasure {
  const additive = 'nothing: answered for one platform row (one entity, one day) at a time'
  return { kind: 'non_additive', name, unit, column, additive, source: PLATFORM, description }
}

import type { AlertRule } from '../../schemas/alert-commands.ts'
import { DAY_MS } from '../../schemas/zone.ts'
import { BUCKET_MS, type Bucket } from './buckets.ts'
import type { Quantity } from './quantity.ts'

/** A span over which a rule held. */
export type Episode = {
  readonly onset_ms: number
  /** End of the bucket with which it held for long enough. */
  readonly opened_ms: number
  /** End of the last bucket in which it held. */
  readonly last_ms: number
  /** End of the first normal bucket after it; undefined while it goes on. */
  readonly ended_ms: number | undefined
  /** Millionths, in the bucket of `last_ms`; `expected` is undefined where the rule compares with a number. */
  readonly observed: bigint
  readonly expected: bigint | undefined
}

export type Judgement = {
  readonly episodes: readonly Episode[]
  readonly judged: number
  /** Buckets with too little in them, or with nothing to compare with. */
  readonly unjudged: number
}

/**
 * What a rule says of a series of closed buckets. It opens when its condition has held in `buckets` buckets in a row, and
 * ends when it has not in as many: a value that goes to and fro around the threshold is one episode. A bucket that
 * cannot be judged is neither.
 *
 * Pure: the same rule and buckets give the same answer, and a later bucket changes no earlier judgement.
 *
 * @param buckets    dense and in order, from {@link historyOf} before `from_ms` on
 * @param from_ms    the first bucket that is judged; those before it are only compared with
 */
export function judge(rule: AlertRule, quantity: Quantity, buckets: readonly Bucket[], from_ms: number): Judgement {
  const size_ms = BUCKET_MS[rule.grain]
  const values = new Map(buckets.map((bucket) => [bucket.start_ms, amountOf(rule, quantity, bucket)]))
  const episodes: Episode[] = []
  let open: (Episode & { normal_ms?: number }) | undefined
  let [run, calm, judged, unjudged] = [0, 0, 0, 0]
  let onset_ms = 0
  for (const { start_ms } of buckets) {
    if (start_ms < from_ms) continue
    const end_ms = start_ms + size_ms
    const observed = values.get(start_ms)
    const expected = isRelative(rule) ? expectedAt(values, start_ms) : undefined
    if (observed === undefined || (isRelative(rule) && expected === undefined)) {
      unjudged++
      continue
    }
    judged++
    if (holds(rule, observed, expected)) {
      if (run === 0) onset_ms = start_ms
      run++
      calm = 0
      if (open !== undefined) open = { ...open, last_ms: end_ms, observed, expected, ended_ms: undefined }
      else if (run >= rule.buckets)
        open = { onset_ms, opened_ms: end_ms, last_ms: end_ms, ended_ms: undefined, observed, expected }
      continue
    }
    run = 0
    if (open === undefined) continue
    if (calm === 0) open = { ...open, normal_ms: end_ms }
    calm++
    if (calm < rule.buckets) continue
    episodes.push(closed(open))
    open = undefined
    calm = 0
  }
  if (open !== undefined) episodes.push({ ...open, ended_ms: undefined })
  return { episodes, judged, unjudged }
}

/** How far before a bucket its rule looks. */
export function historyOf(rule: Pick<AlertRule, 'condition'>): number {
  return isRelative(rule) ? WEEKS * 7 * DAY_MS : 0
}

function closed({ normal_ms, ...episode }: Episode & { normal_ms?: number }): Episode {
  return { ...episode, ended_ms: normal_ms }
}

function isRelative({ condition }: Pick<AlertRule, 'condition'>): boolean {
  return condition.op === 'drops_by' || condition.op === 'rises_by'
}

/** In millionths; undefined where there is too little to say. */
function amountOf({ volume_min }: AlertRule, { bottom, factor }: Quantity, bucket: Bucket): bigint | undefined {
  if (bucket.volume < volume_min) return undefined
  if (bottom === undefined) return bucket.top
  return bucket.bottom === 0n ? undefined : (bucket.top * factor * MILLION) / bucket.bottom
}

/**
 * What is usual at this hour of the week: the mean of the same bucket of the last four weeks. It knows no holiday and no
 * trend, which is what makes it easy to say why a rule held; `undefined` before there are two such weeks.
 */
function expectedAt(values: ReadonlyMap<number, bigint | undefined>, start_ms: number): bigint | undefined {
  const known: bigint[] = []
  for (let week = 1; week <= WEEKS; week++) {
    const value = values.get(start_ms - week * 7 * DAY_MS)
    if (value !== undefined) known.push(value)
  }
  if (known.length < WEEKS_MIN) return undefined
  return known.reduce((sum, one) => sum + one, 0n) / BigInt(known.length)
}

function holds({ condition }: AlertRule, observed: bigint, expected: bigint | undefined): boolean {
  const value = microsOf(condition.value)
  switch (condition.op) {
    case 'above':
      return observed > value
    case 'below':
      return observed < value
    case 'drops_by':
      return observed * MILLION < expected! * (MILLION - value)
    case 'rises_by':
      return observed * MILLION > expected! * (MILLION + value)
  }
}

/** Exact: the schema allows six decimals and no exponent. */
function microsOf(text: string): bigint {
  const [whole = '', decimals = ''] = text.replace('-', '').split('.')
  const micros = BigInt(whole) * MILLION + BigInt(decimals.padEnd(6, '0'))
  return text.startsWith('-') ? -micros : micros
}

const MILLION = 1_000_000n
const WEEKS = 4
const WEEKS_MIN = 2

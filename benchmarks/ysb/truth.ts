import { readFile } from 'node:fs/promises'
import type { Store } from '../../pipelines/store/client.ts'
import { type Truth, truthKey, YSB } from './input.ts'

/** How many windows of the truth the store has, and how many of them are right. One that is too much is wrong as well. */
export async function compareWindows(store: Store, table: string, truth: Truth) {
  const rows = await store.query<[string, string, string]>(
    `SELECT campaign, toUnixTimestamp64Milli(start), sum(events) FROM \`${table}\` FINAL GROUP BY ALL`,
    {},
    { format: 'JSONCompactEachRow' },
  )
  const wrong: string[] = []
  const seen = new Set<string>()
  for (const [campaign, start, events] of rows) {
    const key = truthKey(campaign, Number(start))
    seen.add(key)
    if (truth.get(key) !== Number(events)) wrong.push(`${key}: ${events}, not ${truth.get(key) ?? 0}`)
  }
  for (const [key, events] of truth) if (!seen.has(key)) wrong.push(`${key}: missing, not ${events}`)
  const windows = truth.size
  return { windows, windows_right: Math.max(0, windows - wrong.length), wrong }
}

/**
 * Campaign by ad, from JSON: `{ad: campaign}`, `{campaign: [ad]}`, `[[ad, campaign]]` or
 * `[{"ad_id", "campaign_id"}]`, also as lines, also within an object of one property.
 */
export async function readAds(file: string): Promise<Map<string, string>> {
  const ads = new Map<string, string>()
  for (const [a, b] of entriesOf(unwrapped(await readJson(file)))) {
    if (Array.isArray(b)) for (const ad of b) ads.set(idOf(ad), String(a))
    else ads.set(String(a), idOf(b))
  }
  if (ads.size === 0) throw new Error(`${file} has no ads`)
  return ads
}

/**
 * Views by campaign and window, from JSON: rows (arrays, or objects whose names say `campaign`, `window` or `start`, and
 * the count), `{campaign: {window: count}}`, `{window: {campaign: count}}`, or one object whose names hold both. A window
 * is told by its start, in ms, in s or as a date, or by its number.
 *
 * @param campaigns what is a campaign, and not a window
 */
export async function readTruth(file: string, campaigns: ReadonlySet<string>): Promise<Truth> {
  const rows: { campaign: string; window: unknown; count: number }[] = []
  const add = (parts: readonly unknown[], count: unknown) => {
    const campaign = parts.find((part) => campaigns.has(String(part)))
    const window = parts.find((part) => !campaigns.has(String(part)))
    if (campaign === undefined || window === undefined || !Number.isSafeInteger(Number(count))) {
      throw new Error(`${file}: no campaign, window and count: ${JSON.stringify([...parts, count])}`)
    }
    rows.push({ campaign: String(campaign), window, count: Number(count) })
  }
  const raw = unwrapped(await readJson(file))
  if (Array.isArray(raw)) for (const row of raw) add(...partsOfRow(row))
  else {
    for (const [name, value] of Object.entries(raw as object)) {
      if (typeof value !== 'object') add(partsOfName(name, campaigns), value)
      else for (const [inner, count] of Object.entries(value as object)) add([name, inner], count)
    }
  }
  const starts = startsOf(rows.map(({ window }) => window))
  const truth: Truth = new Map()
  for (const [n, { campaign, count }] of rows.entries()) {
    if (count > 0) truth.set(truthKey(campaign, starts[n]!), count)
  }
  return truth
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8')
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [JSON.parse(line) as unknown]))
  }
}

/** What may lie beside a few numbers in an object of its own. */
function unwrapped(raw: unknown): unknown {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return raw
  const inner = Object.entries(raw).find(([name, value]) => WRAPPERS.has(name) && typeof value === 'object')
  return inner === undefined ? raw : inner[1]
}

const WRAPPERS = new Set(['ads', 'windows', 'truth', 'counts', 'campaigns', 'ad_to_campaign', 'mapping'])

function entriesOf(raw: unknown): (readonly [unknown, unknown])[] {
  if (!Array.isArray(raw)) return Object.entries(raw as object)
  return raw.map((row: unknown) => {
    if (Array.isArray(row)) return [row[0], row[1]] as const
    const named = Object.entries(row as object)
    const find = (name: RegExp) => named.find(([key]) => name.test(key))?.[1] as unknown
    return [find(/^ad(_?id)?$/i), find(/^campaign(_?id)?$/i)] as const
  })
}

function idOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  return String(Object.entries(value).find(([key]) => /^(campaign|ad)?(_?id)?$/i.test(key))?.[1])
}

function partsOfRow(row: unknown): [unknown[], unknown] {
  if (Array.isArray(row)) return [row.slice(0, 2), row[2]]
  const named = Object.entries(row as object)
  const of = (name: RegExp) => named.find(([key]) => name.test(key))?.[1] as unknown
  return [[of(/campaign/i), of(/start|^window|time|bucket/i)], of(/count|views|events|^n$|seen/i)]
}

/** `CAMPAIGN|WINDOW`, with whatever stands between them. */
function partsOfName(name: string, campaigns: ReadonlySet<string>): string[] {
  for (let cut = 1; cut < name.length; cut++) {
    const [before, after] = [name.slice(0, cut), name.slice(cut)]
    if (campaigns.has(before) && !/[a-z0-9]/i.test(after[0]!)) return [before, after.replace(/^[^a-z0-9]+/i, '')]
    if (campaigns.has(after) && !/[a-z0-9]/i.test(before.at(-1)!)) return [after, before.replace(/[^a-z0-9]+$/i, '')]
  }
  return [name]
}

/** Starts in ms. Those in s are whole tens, which numbers of windows are not. */
function startsOf(windows: readonly unknown[]): number[] {
  const values = windows.map((window) => (Number.isNaN(Number(window)) ? Date.parse(String(window)) : Number(window)))
  const are = (step: number) => values.every((value) => value % step === 0)
  const unit_ms = are(YSB.window_ms) ? 1 : are(YSB.window_ms / 1_000) ? 1_000 : YSB.window_ms
  return values.map((value) => value * unit_ms)
}

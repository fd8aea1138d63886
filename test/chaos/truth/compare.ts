import type { LogRecord } from '../../../pipelines/log/port.ts'
import type { Store } from '../../../pipelines/store/client.ts'
import { partitionOf } from '../../../schemas/identity.ts'
import { type Content, TENANT } from './content.ts'
import { expectedOf } from './expected.ts'
import { storedFailures, storedRows, storedTaken, storedWindows } from './stored.ts'
import { type Windows, windowsOf } from './windows.ts'

/** How what is stored differs from the truth; all empty when everything held. */
export type Differences = {
  /** Accepted events that are not on the log, and rows and dead letters that are not in the store or not as they should be. */
  readonly lost: readonly string[]
  /** Rows and dead letters that are there more than once, or that nobody sent. */
  readonly doubled: readonly string[]
  readonly wrong_windows: readonly string[]
}

/** What the tables hold. */
export type Stored = {
  readonly rows: readonly (readonly [string, string])[]
  readonly failures: readonly (readonly [string, string])[]
  readonly windows: Windows
  readonly taken: ReadonlyMap<string, number>
}

export async function readStored(store: Store): Promise<Stored> {
  return {
    rows: await storedRows(store),
    failures: await storedFailures(store),
    windows: await storedWindows(store),
    taken: await storedTaken(store),
  }
}

/**
 * Compares every row with the truth.
 *
 * @param sent  contents that were accepted, in the order of their sending
 * @param log   what lies on the events topic, by partition
 */
export function compare(
  sent: ReadonlyMap<string, Content>,
  log: readonly (readonly LogRecord[])[],
  stored: Stored,
): Differences {
  const expected = expectedOf(sent, log)
  const rows = differ(expected.rows, stored.rows)
  const failed = differ(expected.failed, stored.failures)
  const partition = (content: Content) => partitionOf({ tenant: TENANT, ...content }, content.group, log.length)
  const windows = differWindows(windowsOf(currentOf(sent.values()), partition), stored.windows)
  return {
    lost: [...expected.missing, ...rows.missing, ...failed.missing],
    doubled: [...expected.invented, ...rows.surplus, ...failed.surplus],
    wrong_windows: [...windows, ...differCounts(expected.taken, stored.taken)],
  }
}

/** The content that counts of each identity: the newest observation, or the first where there can be only one. */
function currentOf(sent: Iterable<Content>): Content[] {
  const current = new Map<string, Content>()
  for (const content of sent) {
    const before = current.get(content.identity)
    const isNewer =
      content.type.endsWith('.observed') && before !== undefined && content.occurred_ms > before.occurred_ms
    if (before === undefined || isNewer) current.set(content.identity, content)
  }
  return [...current.values()]
}

function differ(expected: ReadonlyMap<string, string>, stored: readonly (readonly [string, string])[]) {
  const missing: string[] = []
  const surplus: string[] = []
  const found = new Set<string>()
  for (const [key, value] of stored) {
    const wanted = expected.get(key)
    if (found.has(key) || wanted === undefined) surplus.push(`${key}: ${value}`)
    else if (wanted !== value) missing.push(`${key} is "${value}", not "${wanted}"`)
    found.add(key)
  }
  for (const [key, value] of expected) if (!found.has(key)) missing.push(`${key}: ${value}`)
  return { missing, surplus }
}

function differWindows(expected: Windows, stored: Windows): string[] {
  const wrong: string[] = []
  for (const key of new Set([...expected.keys(), ...stored.keys()])) {
    const [wanted, is] = [textOf(expected.get(key)), textOf(stored.get(key))]
    if (wanted !== is) wrong.push(`${key} is ${is}, not ${wanted}`)
  }
  return wrong
}

function textOf(sums: ReadonlyMap<string, bigint> | undefined): string {
  if (sums === undefined) return 'absent'
  return [...sums]
    .map(([name, sum]) => `${name}=${sum}`)
    .sort()
    .join(' ')
}

function differCounts(expected: ReadonlyMap<string, number>, stored: ReadonlyMap<string, number>): string[] {
  return [...new Set([...expected.keys(), ...stored.keys()])]
    .filter((key) => expected.get(key) !== stored.get(key))
    .map((key) => `watermarks ${key}: ${stored.get(key)} events, not ${expected.get(key)}`)
}

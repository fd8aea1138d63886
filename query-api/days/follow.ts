import { type Log, LogError, type LogRecord } from '../../pipelines/log/port.ts'
import { TOPICS } from '../../schemas/topics.ts'
import { parseDay } from '../../schemas/zone.ts'

/** Windows of one set, tenant and day have changed in the store. */
export type Change = { readonly set: string; readonly tenant: string; readonly day: number }

export type Apply = (changes: readonly Change[] | 'lost') => void

/** Lets one reader of the log tell several: whoever catches up catches up for all. */
export function shareChanges(log: Log): (apply: Apply) => () => Promise<boolean> {
  const all: Apply[] = []
  const catchUp = followChanges(log, (changes) => {
    for (const apply of all) apply(changes)
  })
  return (apply) => {
    all.push(apply)
    return catchUp
  }
}

/**
 * Follows what the log is told of changed windows. A pipeline tells it when its rows are in the store and before it
 * commits their offset, at least once: what was not named has no change that anybody was told is done.
 *
 * @param apply called with the changes since the last call, in order; 'lost' means that anything may have changed
 * @returns a function that resolves when `apply` has had everything that was on the log when it was called; false
 *   where the log cannot be read now
 */
export function followChanges(log: Log, apply: Apply): () => Promise<boolean> {
  let position: number | undefined
  let last: Promise<boolean> = Promise.resolve(true)
  let next: Promise<boolean> | undefined

  async function read(): Promise<boolean> {
    next = undefined
    try {
      const { end } = (await log.bounds(TOPIC))[0]!
      const from = position
      position = undefined
      if (from === undefined || end - from > RECORDS_MAX) apply('lost')
      else if (from < end) apply(await changesOf(log, from, end))
      position = end
      return true
    } catch (error) {
      apply('lost')
      if (error instanceof LogError) return false
      throw error
    }
  }

  return () => {
    // Whoever comes while a reading is under way may know of more than it will find, and waits for the next.
    next ??= last = last.then(read, read)
    return next
  }
}

async function changesOf(log: Log, from: number, end: number): Promise<Change[]> {
  const changes: Change[] = []
  for (let at = from; at < end; ) {
    const records = await log.read(TOPIC, 0, at, { records_max: end - at, bytes_max: BYTES_MAX, wait_ms: 0 })
    if (records.length === 0) throw new LogError('log_corrupt', `${TOPIC} ends at ${end}, and has nothing at ${at}`)
    for (const record of records) changes.push(changeIn(record))
    at = records.at(-1)!.offset + 1
  }
  return changes
}

/** The record begins with what is read here; the cells behind may be a hundred times as long. */
function changeIn({ value }: LogRecord): Change {
  const cells = value!.indexOf(',"cells":')
  const text = cells === -1 ? value!.toString() : `${value!.toString('utf8', 0, cells)}}`
  const { day, set, tenant } = JSON.parse(text) as { set: string; tenant: string; day: string }
  return { set, tenant, day: parseDay(day)! }
}

const TOPIC = TOPICS.window_changes.name
const BYTES_MAX = 4_000_000
/** Reading more than this takes longer than to forget everything and read what is needed anew. */
const RECORDS_MAX = 2_000

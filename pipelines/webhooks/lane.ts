import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { type AlertRecord, parseAlert } from '../../schemas/alerts.ts'
import { TOPICS } from '../../schemas/topics.ts'
import type { Random } from '../clock.ts'
import { type Entry, type Feed, heldOffset } from '../feed/feed.ts'
import { type Log, LogError } from '../log/port.ts'
import type { Logger } from '../runner/options.ts'
import { bodyOf } from './formats.ts'
import type { Attempt, Ledger, Pending } from './ledger.ts'
import { retryDelay } from './schedule.ts'
import { type Message, type Sender, sendMessage } from './send.ts'
import { isWanted, liveSecrets, type Webhook } from './webhook.ts'

export type LaneParts = {
  readonly webhook: Webhook
  readonly partition: number
  readonly log: Log
  readonly feed: Feed
  readonly ledger: Ledger
  readonly sender: Sender
  readonly random: Random
  readonly logger: Logger
  /** Only tests are in a hurry. */
  readonly delays?: readonly number[]
}

/**
 * Delivers to one webhook until the signal fires or its receiver wants nothing more. One request at a time, in the order
 * of the log; what fails is tried again later, while others go on. Each webhook has a lane of its own: nobody waits for
 * somebody else's receiver.
 *
 * A message counts as delivered once that is in the ledger. Killed before, it is sent again: at least once, under the
 * same id and in the same bytes.
 */
export async function runLane(parts: LaneParts, signal: AbortSignal): Promise<void> {
  const { feed, ledger, log, logger, partition, sender, webhook } = parts
  const place = await ledger.place(webhook)
  if (place?.gone === true) return
  const pending = new Map((await ledger.pending(webhook)).map((one) => [one.message, one]))
  let offset = await heldOffset(log, TOPICS.alerts.name, partition, place?.next_offset ?? webhook.from_offset)
  let saved = offset
  let noted: Attempt[] = []
  let noted_ms = sender.steady()

  /** What was tried is durable before the place moves behind it. */
  async function save(gone = false): Promise<void> {
    const rows = noted
    noted = []
    noted_ms = sender.steady()
    await ledger.note(webhook, rows)
    if (!gone && (offset === saved || (rows.length === 0 && offset - saved < SAVE_OFFSETS))) return
    await ledger.movePlace(webhook, { next_offset: offset, gone })
    saved = offset
  }

  /** @returns whether the receiver goes on listening; undefined when the signal has cut the attempt off */
  async function attempt(entry: Entry, record: AlertRecord, failed: number): Promise<boolean | undefined> {
    const message: Message = { id: messageId(record), body: bodyOf(webhook.format, record, entry.value) }
    const at_ms = sender.clock()
    const secrets = liveSecrets(webhook, at_ms)
    const sent = await sendMessage(sender, { url: webhook.url, secrets }, message, failed + 1, signal)
    if (signal.aborted) return undefined
    const { retry_after_ms, ...told } = sent
    const delay_ms =
      sent.outcome === 'failed' ? retryDelay(failed + 1, parts.random(), retry_after_ms, parts.delays) : undefined
    const next_at_ms = delay_ms === undefined ? 0 : sender.clock() + delay_ms
    const base = { message: message.id, offset: entry.offset }
    noted.push({ ...told, ...base, at_ms, attempt: failed + 1, cause: 'schedule', next_at_ms })
    if (next_at_ms === 0) pending.delete(message.id)
    else pending.set(message.id, { ...base, failed: failed + 1, next_at_ms })
    return sent.outcome !== 'gone'
  }

  async function again(one: Pending): Promise<boolean | undefined> {
    const entry = await entryAt(parts, one.offset)
    const record = entry === undefined ? undefined : alertOf(entry, logger)
    if (entry !== undefined && record !== undefined) return attempt(entry, record, one.failed)
    // Retention is a month and retries end after a day: only an operator can have shortened it.
    logger.warn(`webhook ${webhook.id}: ${one.message} is no longer on the log and cannot be sent again`)
    pending.delete(one.message)
    const lost = { outcome: 'failed', status: 0, detail: 'no longer on the log', duration_ms: 0 } as const
    const at_ms = sender.clock()
    noted.push({ ...one, ...lost, at_ms, attempt: one.failed + 1, cause: 'schedule', next_at_ms: 0 })
    return true
  }

  while (!signal.aborted) {
    const next = earliest(pending)
    const wait_ms = next === undefined ? WAIT_MS_MAX : Math.min(next.next_at_ms - sender.clock(), WAIT_MS_MAX)
    let listening: boolean | undefined = true
    if (next !== undefined && wait_ms <= 0) {
      listening = await again(next)
    } else if (pending.size >= PENDING_MAX) {
      await sleep(wait_ms, undefined, { signal }).catch(() => undefined)
    } else {
      const entries = await readOrSkip(wait_ms)
      for (const entry of entries) {
        const record = entry.key === webhook.tenant ? alertOf(entry, logger) : undefined
        if (record !== undefined && isWanted(webhook.filter, record, sender.clock()))
          listening = await attempt(entry, record, 0)
        if (listening === undefined) return
        offset = entry.offset + 1
        if (!listening || pending.size >= PENDING_MAX) break
        if (sender.steady() - noted_ms > SAVE_MS) await save()
      }
    }
    if (listening === undefined) return
    await save(!listening)
    if (!listening)
      return logger.warn(`webhook ${webhook.id} of ${webhook.tenant} answered 410 and is told nothing more`)
  }

  async function readOrSkip(wait_ms: number): Promise<readonly Entry[]> {
    try {
      return await feed.read(offset, wait_ms, signal)
    } catch (error) {
      if (!(error instanceof LogError && error.code === 'offset_out_of_range')) throw error
      const held = await heldOffset(log, TOPICS.alerts.name, partition, offset)
      logger.warn(
        `webhook ${webhook.id}: the log goes on at ${held}, what was to be delivered from ${offset} on is gone`,
      )
      offset = held
      return []
    }
  }
}

/** The same for every attempt and every webhook. The specification allows no dot in it. */
export function messageId({ id, revision }: AlertRecord): string {
  return `${id}_${revision}`
}

/** One record of the tenant's partition; undefined where it is no more. */
export async function entryAt(
  { log, partition, webhook }: Pick<LaneParts, 'log' | 'partition' | 'webhook'>,
  offset: number,
): Promise<Entry | undefined> {
  const topic = TOPICS.alerts.name
  if ((await heldOffset(log, topic, partition, offset)) !== offset) return undefined
  const [record] = await log.read(topic, partition, offset, { records_max: 1, bytes_max: 1, wait_ms: 0 })
  if (record?.offset !== offset || record.key?.toString() !== webhook.tenant) return undefined
  return { offset, at_ms: record.timestamp_ms, key: webhook.tenant, value: record.value!.toString() }
}

/** On Kafka somebody else may write the topic. What is no alert is nobody's message. */
export function alertOf({ offset, value }: Entry, logger: Logger): AlertRecord | undefined {
  try {
    return parseAlert(value)
  } catch (error) {
    if (!(error instanceof z.ZodError || error instanceof SyntaxError)) throw error
    logger.warn(`${TOPICS.alerts.name}: the record at ${offset} is no alert and is told to no webhook`)
    return undefined
  }
}

function earliest(pending: ReadonlyMap<string, Pending>): Pending | undefined {
  let first: Pending | undefined
  for (const one of pending.values()) if (first === undefined || one.next_at_ms < first.next_at_ms) first = one
  return first
}

/** Messages that wait for another attempt. With more, the lane reads on only when some are done: the log keeps the rest. */
const PENDING_MAX = 1_000
/** The longest wait in one piece; a timer of days is none. */
const WAIT_MS_MAX = 300_000
/** Attempts are in the ledger at least this often. */
const SAVE_MS = 2_000
/** Records of others after which the place is worth a row. */
const SAVE_OFFSETS = 100

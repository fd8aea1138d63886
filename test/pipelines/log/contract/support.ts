/** Names, records and group members for the log's contract suite. */

import { randomUUID } from 'node:crypto'
import { expect, vi } from 'vitest'
import type {
  AppendRecord,
  Claim,
  Consumer,
  Log,
  LogErrorCode,
  LogRecord,
  PollOptions,
} from '../../../../pipelines/log/port.ts'

/** Whole suite on a broker that three other test files share: generous, since only a hang should ever reach it. */
export const TEST_TIMEOUT_MS = 90_000
/** A wait that only ends in time when it is woken. */
export const UNTIL_WOKEN_MS = 10 * TEST_TIMEOUT_MS

export const ALL: PollOptions = { records_max: 100_000, bytes_max: 64_000_000, wait_ms: 5_000 }
export const NOW: PollOptions = { ...ALL, wait_ms: 200 }

/** A name no other test or run has used: a broker outlives the run. */
export function unique(prefix: string): string {
  return `${prefix}-${randomUUID()}`
}

export async function newTopic(log: Log, partitions = 1): Promise<string> {
  const name = unique('contract')
  await log.ensureTopics([{ name, partitions, retention_ms: 7 * 86_400_000, retention_bytes: 1_000_000_000 }])
  return name
}

export function values(...texts: string[]): AppendRecord[] {
  return texts.map((text) => ({ key: null, value: Buffer.from(text) }))
}

export function texts(records: readonly LogRecord[]): (string | null)[] {
  return records.map((record) => record.value?.toString() ?? null)
}

export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`)
}

export async function expectCode(action: Promise<unknown> | (() => unknown), code: LogErrorCode): Promise<void> {
  const thrown = await Promise.resolve()
    .then(() => (typeof action === 'function' ? action() : action))
    .then(
      (value) => new Error(`expected LogError ${code}, but it gave ${JSON.stringify(value)}`),
      (error: unknown) => error,
    )
  expect(thrown).toMatchObject({ name: 'LogError', code })
}

/** One member of a group, which notes everything it is told. */
export type Member = {
  readonly consumer: Consumer
  /** What it holds now, by `topic/partition`. */
  readonly held: Map<string, Claim>
  /** Everything that happened, in order. */
  readonly history: { readonly what: 'assigned' | 'revoked'; readonly claim: Claim }[]
  readonly failures: Error[]
}

export async function joinAs(
  log: Log,
  group: string,
  topics: readonly string[],
  onRevoked: (claim: Claim) => Promise<void> = async () => {},
): Promise<Member> {
  const held: Member['held'] = new Map()
  const history: Member['history'] = []
  const failures: Error[] = []
  const consumer = await log.join(group, topics, {
    onAssigned: (claim) => {
      held.set(place(claim), claim)
      history.push({ what: 'assigned', claim })
    },
    onRevoked: async (claim) => {
      held.delete(place(claim))
      history.push({ what: 'revoked', claim })
      await onRevoked(claim)
    },
    onFailed: (error) => failures.push(error),
  })
  return { consumer, held, history, failures }
}

export function place(claim: { topic: string; partition: number }): string {
  return `${claim.topic}/${claim.partition}`
}

/** Waits until every partition of the topic is held by one of the members, and each has at least `least`. */
export async function settled(
  members: readonly Member[],
  topic: string,
  partitions: number,
  settle_ms: number,
  least = 1,
): Promise<void> {
  await vi.waitFor(
    () => {
      const places = members.flatMap((member) => [...member.held.keys()]).sort()
      const wanted = Array.from({ length: partitions }, (_, partition) => `${topic}/${partition}`).sort()
      expect(places).toEqual(wanted)
      for (const member of members) expect(member.held.size).toBeGreaterThanOrEqual(least)
    },
    { timeout: settle_ms, interval: 20 },
  )
}

/** Joins as the only member and waits for the claim of partition 0. */
export async function joinAlone(log: Log, group: string, topic: string, settle_ms: number) {
  const member = await joinAs(log, group, [topic])
  await settled([member], topic, 1, settle_ms)
  const claim = member.held.get(`${topic}/0`)
  if (claim === undefined) throw new Error('settled without a claim')
  return { ...member, claim }
}

/** Polls until `count` records came or a poll gave none in its time. */
export async function pollCount(
  consumer: Consumer,
  claim: Claim,
  count: number,
  options: PollOptions = ALL,
): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  while (records.length < count) {
    const batch = await consumer.poll(claim, options)
    if (batch.length === 0) break
    records.push(...batch)
  }
  return records
}

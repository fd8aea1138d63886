import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../../../pipelines/clock.ts'
import { createCluster } from '../../../../pipelines/log/kafka/cluster.ts'
import { commitPlace } from '../../../../pipelines/log/kafka/membership.ts'
import { kafkaSettings } from '../../../../pipelines/log/kafka/options.ts'
import type { Claim, Log } from '../../../../pipelines/log/port.ts'
import { kafkaOrSkip, SESSION_TIMEOUT_MS } from '../../../support/kafka-shared.ts'
import { newTopic, numbered, open } from './support.ts'

const brokers = await kafkaOrSkip('group membership on Kafka')
const POLL = { records_max: 100, bytes_max: 1e6, wait_ms: 5_000 }
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe.skipIf(brokers === null)('a member of a Kafka group', () => {
  let log: Log
  beforeAll(async () => {
    log = await open(brokers!, { session_timeout_ms: SESSION_TIMEOUT_MS })
  })
  afterAll(() => log?.close())

  const member = async (topic: string, group = topic) => {
    const claims: Claim[] = []
    const lost: Claim[] = []
    const failures: Error[] = []
    const consumer = await log.join(group, [topic], {
      onAssigned: (claim) => void claims.push(claim),
      onRevoked: async (claim) => void lost.push(claim),
      onFailed: (error) => void failures.push(error),
    })
    return { consumer, claims, lost, failures }
  }
  const until = (check: () => unknown) =>
    vi.waitFor(() => expect(check()).toBeTruthy(), { timeout: 60_000, interval: 20 })

  it('keeps its partition while the work on a batch takes longer than the session', async () => {
    const topic = await newTopic(log)
    await log.append(topic, 0, numbered(0, 10))
    const { consumer, claims, lost } = await member(topic)
    await until(() => claims.length)
    const [claim] = claims
    const records = await consumer.poll(claim!, POLL)
    await wait(SESSION_TIMEOUT_MS * 2.5)
    await consumer.commit(claim!, { offset: records.length, metadata: 'slow' })
    expect(lost).toEqual([])
    expect(claims).toHaveLength(1)
    expect(await log.groupOffsets(topic, topic)).toEqual([{ offset: 10, metadata: 'slow' }])
    await consumer.close()
  })

  it('starts at the committed place after a rebalance, with nothing that was fetched before it', async () => {
    const topic = await newTopic(log)
    await log.append(topic, 0, numbered(0, 50))
    const first = await member(topic)
    await until(() => first.claims.length)
    const [claim] = first.claims
    expect(await first.consumer.poll(claim!, { ...POLL, records_max: 20 })).toHaveLength(20)
    await first.consumer.commit(claim!, { offset: 5, metadata: '' })
    const second = await member(topic)
    await until(() => first.lost.length === 1 && first.claims.length + second.claims.length === 2)
    const owner = first.claims.length === 2 ? first : second
    const now = owner.claims.at(-1)!
    expect(now.generation).toBeGreaterThan(claim!.generation)
    const records = await owner.consumer.poll(now, POLL)
    expect(records[0]?.offset).toBe(5)
    await Promise.all([first.consumer.close(), second.consumer.close()])
    expect([...first.failures, ...second.failures]).toEqual([])
  })

  it('lets the last commits in while it is being revoked, and the next owner starts behind them', async () => {
    const topic = await newTopic(log)
    await log.append(topic, 0, numbered(0, 50))
    const group = topic
    const revoked = Promise.withResolvers<void>()
    const assigned = Promise.withResolvers<Claim>()
    const first = await log.join(group, [topic], {
      onAssigned: assigned.resolve,
      onRevoked: async (claim) => {
        // Longer than a session: heartbeats go on meanwhile.
        await wait(SESSION_TIMEOUT_MS * 1.2)
        await first.commit(claim, { offset: 30, metadata: 'last' })
        revoked.resolve()
      },
      onFailed: revoked.reject,
    })
    await assigned.promise
    const second = await member(topic)
    await revoked.promise
    expect(await log.groupOffsets(group, topic)).toEqual([{ offset: 30, metadata: 'last' }])
    await Promise.all([first.close(), second.consumer.close()])
  })

  it('has its commit refused by the broker under an older generation', async () => {
    const topic = await newTopic(log)
    const { consumer, claims } = await member(topic)
    await until(() => claims.length)
    const cluster = createCluster(kafkaSettings({ brokers: brokers!, clientId: 'x', clock: systemClock }))
    const node = await cluster.coordinator(topic)
    const stale = { group: topic, member: await memberId(node, topic), generation: claims[0]!.generation - 1 }
    const place = { topic, partition: 0, offset: 1, metadata: '' }
    await expect(commitPlace(node, stale, place)).rejects.toMatchObject({ type: 'ILLEGAL_GENERATION' })
    await expect(commitPlace(node, { ...stale, member: 'nobody' }, place)).rejects.toMatchObject({
      type: 'UNKNOWN_MEMBER_ID',
    })
    expect(await log.groupOffsets(topic, topic)).toEqual([{ offset: -1, metadata: '' }])
    await commitPlace(node, { ...stale, generation: claims[0]!.generation }, place)
    expect(await log.groupOffsets(topic, topic)).toEqual([{ offset: 1, metadata: '' }])
    cluster.close()
    await consumer.close()
  })

  it('that was stopped for longer than its session adds nothing when it wakes up', async () => {
    const topic = await newTopic(log)
    await log.append(topic, 0, numbered(0, 10))
    const script = fileURLToPath(new URL('zombie.child.ts', import.meta.url))
    const child = spawn(process.execPath, [script, brokers!, topic, String(SESSION_TIMEOUT_MS)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    try {
      const lines = createInterface({ input: child.stdout })
      expect(JSON.parse(await line(lines))).toEqual({ polled: 10 })
      child.kill('SIGSTOP')
      const successor = await member(topic)
      await until(() => successor.claims.length)
      await successor.consumer.commit(successor.claims[0]!, { offset: 7, metadata: 'successor' })
      const said = line(lines)
      child.stdin.write('commit\n')
      child.kill('SIGCONT')
      expect(JSON.parse(await said)).toEqual({ commit: 'fenced' })
      expect((await log.groupOffsets(topic, topic))[0]).toEqual({ offset: 7, metadata: 'successor' })
      await successor.consumer.close()
    } finally {
      await end(child)
    }
  })

  it('notices partitions that were added', async () => {
    const quick = await open(brokers!, { session_timeout_ms: SESSION_TIMEOUT_MS, metadata_max_age_ms: 200 })
    const topic = await newTopic(quick)
    const claims: Claim[] = []
    await quick.join(topic, [topic], {
      onAssigned: (claim) => void claims.push(claim),
      onRevoked: async () => {},
      onFailed: () => {},
    })
    await until(() => claims.length)
    const cluster = createCluster(kafkaSettings({ brokers: brokers!, clientId: 'x', clock: systemClock }))
    await (await cluster.any()).call('CreatePartitions', { topicPartitions: [{ topic, count: 3 }], timeout: 5_000 })
    cluster.close()
    await until(() => claims.some((claim) => claim.partition === 2))
    await quick.close()
  })
})

/** The broker tells who is in a group; our port has no need of it. */
async function memberId(node: { call(api: string, args: unknown): Promise<unknown> }, group: string): Promise<string> {
  const answer = await node.call('DescribeGroups', { groupIds: [group] })
  return (answer as { groups: { members: { memberId: string }[] }[] }).groups[0]!.members[0]!.memberId
}

async function line(lines: ReturnType<typeof createInterface>): Promise<string> {
  const [text] = await once(lines, 'line', { signal: AbortSignal.timeout(60_000) })
  return String(text)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

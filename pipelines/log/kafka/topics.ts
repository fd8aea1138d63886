/** Creating topics, and asking where partitions and groups stand. */

import { type Committed, LogError, type TopicSpec } from '../port.ts'
import { type Cluster, isMoved, typeOf } from './cluster.ts'
import type { Node } from './connection.ts'
import { BrokerError, errorType } from './errors.ts'
import type { KafkaSettings } from './options.ts'
import { sleep } from './retry.ts'

const ALREADY_EXISTS = 36
const CREATE_TIMEOUT_MS = 10_000
const VISIBLE_POLL_MS = 20
const EARLIEST = -2
const LATEST = -1
const READ_UNCOMMITTED = 0

/** Creates one topic where it is missing, and returns when every partition has a leader. */
export async function ensureTopic(cluster: Cluster, settings: KafkaSettings, spec: TopicSpec): Promise<void> {
  if ((await leadersOrNull(cluster, spec.name)) === null) {
    await createTopic(await cluster.any(), spec, settings.record_bytes_max)
  }
  // Brokers learn of a new topic one after the other.
  for (const deadline = settings.steady() + CREATE_TIMEOUT_MS; ; await sleep(VISIBLE_POLL_MS)) {
    const leaders = await leadersOrNull(cluster, spec.name)
    if (leaders !== null && leaders.length > 0 && !leaders.some((id) => id < 0)) return
    cluster.forgetTopic(spec.name)
    if (settings.steady() > deadline) throw new BrokerError('LEADER_NOT_AVAILABLE', `creating topic ${spec.name}`)
  }
}

async function createTopic(node: Node, spec: TopicSpec, record_bytes_max: number): Promise<void> {
  const config = {
    'retention.ms': spec.retention_ms,
    'retention.bytes': spec.retention_bytes,
    // The broker's own limit is 1 MiB a batch; ours is on a record, its headers' lengths not counted.
    'max.message.bytes': record_bytes_max + 1_048_576,
    // A record's time is when the log took it, by one clock per partition, whoever wrote it.
    'message.timestamp.type': 'LogAppendTime',
  }
  const topic = {
    topic: spec.name,
    numPartitions: spec.partitions,
    replicationFactor: -1,
    configEntries: Object.entries(config).map(([name, value]) => ({ name, value: String(value) })),
  }
  const answer = (await node.call('CreateTopics', { topics: [topic], timeout: CREATE_TIMEOUT_MS }, (request) => ({
    ...request,
    response: { ...request.response, parse: async (decoded) => decoded },
  }))) as { topicErrors: readonly { readonly errorCode: number; readonly errorMessage?: string | null }[] }
  for (const { errorCode, errorMessage } of answer.topicErrors) {
    if (errorCode === 0 || errorCode === ALREADY_EXISTS) continue
    throw new BrokerError(typeOf(errorCode), `creating topic ${spec.name} (${errorMessage ?? 'no reason given'})`)
  }
}

async function leadersOrNull(cluster: Cluster, topic: string): Promise<readonly number[] | null> {
  try {
    return await cluster.leaders(topic)
  } catch (error) {
    if (error instanceof LogError && error.code === 'unknown_topic') return null
    throw error
  }
}

export type Bounds = { readonly start: number; readonly end: number }

export async function fetchBounds(cluster: Cluster, topic: string): Promise<readonly Bounds[]> {
  const partitions = [...(await cluster.leaders(topic)).keys()]
  const [starts, ends] = await Promise.all([
    listOffsets(cluster, topic, partitions, EARLIEST),
    listOffsets(cluster, topic, partitions, LATEST),
  ])
  return partitions.map((partition) => ({ start: starts.get(partition)!, end: ends.get(partition)! }))
}

/** The first offset that the log still holds, per partition asked for. */
export function fetchStarts(
  cluster: Cluster,
  topic: string,
  partitions: readonly number[],
): Promise<Map<number, number>> {
  return listOffsets(cluster, topic, partitions, EARLIEST)
}

async function listOffsets(
  cluster: Cluster,
  topic: string,
  partitions: readonly number[],
  timestamp: number,
): Promise<Map<number, number>> {
  try {
    const byNode = new Map<Node, number[]>()
    for (const partition of partitions) {
      const node = await cluster.leader(topic, partition)
      byNode.set(node, [...(byNode.get(node) ?? []), partition])
    }
    const offsets = new Map<number, number>()
    for (const [node, asked] of byNode) {
      const answer = (await node.call('ListOffsets', {
        isolationLevel: READ_UNCOMMITTED,
        topics: [{ topic, partitions: asked.map((partition) => ({ partition, timestamp })) }],
      })) as { responses: readonly { partitions: readonly { partition: number; offset: string }[] }[] }
      for (const each of answer.responses.flatMap((response) => response.partitions)) {
        offsets.set(each.partition, Number(each.offset))
      }
    }
    return offsets
  } catch (error) {
    if (isMoved(error)) cluster.forgetTopic(topic)
    throw error
  }
}

const NEVER: Committed = { offset: -1, metadata: '' }

/** Places of a group by topic and partition; -1 where it has none. */
export async function fetchCommitted(
  cluster: Cluster,
  group: string,
  topic: string,
  partitions: readonly number[],
): Promise<Map<number, Committed>> {
  try {
    const node = await cluster.coordinator(group)
    const answer = (await node.call('OffsetFetch', {
      groupId: group,
      topics: [{ topic, partitions: partitions.map((partition) => ({ partition })) }],
    })) as {
      responses: readonly { partitions: readonly { partition: number; offset: string; metadata: string | null }[] }[]
    }
    const places = new Map(partitions.map((partition) => [partition, NEVER]))
    for (const { partition, offset, metadata } of answer.responses.flatMap((response) => response.partitions)) {
      places.set(partition, Number(offset) < 0 ? NEVER : { offset: Number(offset), metadata: metadata ?? '' })
    }
    return places
  } catch (error) {
    if (isMoved(error) || errorType(error) === 'KafkaJSConnectionError') cluster.forgetCoordinator(group)
    throw error
  }
}

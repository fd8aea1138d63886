/**
 * Who leads which partition and who coordinates which group, asked for when needed and forgotten when it proves wrong.
 * Not kafkajs's Cluster, for which one deleted topic makes every later refresh fail.
 */

import { LogError } from '../port.ts'
import { type Address, createNode, encoded, type Node } from './connection.ts'
import { BrokerError, closed, errorType } from './errors.ts'
import { loadKafkajs } from './kafkajs.ts'
import type { KafkaSettings } from './options.ts'

export type Cluster = {
  /** Leader per partition, -1 where there is none now. Throws `unknown_topic`. */
  leaders(topic: string): Promise<readonly number[]>
  /** Throws `unknown_topic`, or a passing error where the partition has no leader now. */
  leader(topic: string, partition: number): Promise<Node>
  node(id: number): Promise<Node>
  /** Any node that answers. */
  any(): Promise<Node>
  coordinator(group: string): Promise<Node>
  /** Asks again the next time. */
  forgetTopic(topic: string): void
  forgetCoordinator(group: string): void
  /** Drops all connections; the cluster connects again on the next use. */
  reset(): void
  close(): void
}

type Metadata = {
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[]
  readonly topicMetadata: readonly {
    readonly topicErrorCode: number
    readonly topic: string
    readonly partitionMetadata: readonly { readonly partitionId: number; readonly leader: number }[]
  }[]
}

export function createCluster(settings: KafkaSettings): Cluster {
  const seeds = parseBrokers(settings.brokers)
  const nodes = new Map<string, Node>()
  const addresses = new Map<number, Address>()
  const topics = new Map<string, { readonly leaders: Promise<readonly number[]>; readonly until: number }>()
  const coordinators = new Map<string, Promise<number>>()
  let isClosed = false

  const at = (address: Address): Node => {
    if (isClosed) throw closed()
    const key = `${address.host}:${address.port}`
    const known = nodes.get(key)
    if (known !== undefined) return known
    const node: Node = createNode(address, settings, () => {
      if (nodes.get(key) === node) nodes.delete(key)
      // Whatever it led or coordinated may be elsewhere now.
      topics.clear()
      coordinators.clear()
    })
    nodes.set(key, node)
    return node
  }

  const metadata = async (topic: string | null): Promise<Metadata> => {
    let last: unknown
    for (const node of [...nodes.values(), ...seeds.map(at)]) {
      try {
        const answer = (await node.call(
          'Metadata',
          { topics: topic === null ? [] : [topic], allowAutoTopicCreation: false },
          (request) => ({
            ...request,
            request: topic === null ? { ...request.request, encode: async () => NO_TOPICS } : request.request,
            // kafkajs's parser fails the whole answer when one partition has no leader.
            response: { ...request.response, parse: async (decoded) => decoded },
          }),
        )) as Metadata
        for (const { nodeId, host, port } of answer.brokers) addresses.set(nodeId, { host, port })
        return answer
      } catch (error) {
        last = error
      }
    }
    throw last
  }

  const fetchLeaders = async (topic: string): Promise<readonly number[]> => {
    const found = (await metadata(topic)).topicMetadata.find((each) => each.topic === topic)
    const code = found === undefined ? UNKNOWN_TOPIC : found.topicErrorCode
    if (code === UNKNOWN_TOPIC || code === INVALID_TOPIC)
      throw new LogError('unknown_topic', `topic ${topic} does not exist`)
    if (found === undefined || code !== 0) throw new BrokerError(typeOf(code), `asking for topic ${topic}`)
    const leaders: number[] = []
    for (const { partitionId, leader } of found.partitionMetadata) leaders[partitionId] = leader
    return leaders
  }

  const cluster: Cluster = {
    leaders: (topic) => {
      const known = topics.get(topic)
      if (known !== undefined && settings.steady() < known.until) return known.leaders
      const entry = { leaders: fetchLeaders(topic), until: settings.steady() + settings.metadata_max_age_ms }
      topics.set(topic, entry)
      entry.leaders.catch(() => {
        if (topics.get(topic) === entry) topics.delete(topic)
      })
      return entry.leaders
    },
    leader: async (topic, partition) => {
      const leaders = await cluster.leaders(topic)
      const id = leaders[partition]
      if (id === undefined) {
        throw new LogError('unknown_topic', `topic ${topic} has ${leaders.length} partitions, not ${partition}`)
      }
      if (id < 0) {
        topics.delete(topic)
        throw new BrokerError('LEADER_NOT_AVAILABLE', `finding the leader of ${topic}/${partition}`)
      }
      return cluster.node(id)
    },
    node: async (id) => {
      if (!addresses.has(id)) await metadata(null)
      const address = addresses.get(id)
      if (address === undefined) throw new BrokerError('BROKER_NOT_AVAILABLE', `finding broker ${id}`)
      return at(address)
    },
    any: async () => {
      await metadata(null)
      const [node] = nodes.values()
      return node ?? at(seeds[0]!)
    },
    coordinator: async (group) => {
      const known = coordinators.get(group)
      if (known !== undefined) return cluster.node(await known)
      const finding = findCoordinator(await cluster.any(), group)
      coordinators.set(group, finding)
      finding.catch(() => coordinators.delete(group))
      return cluster.node(await finding)
    },
    forgetTopic: (topic) => void topics.delete(topic),
    forgetCoordinator: (group) => void coordinators.delete(group),
    reset: () => {
      for (const node of [...nodes.values()]) node.drop()
    },
    close: () => {
      isClosed = true
      for (const node of [...nodes.values()]) node.drop()
    },
  }
  return cluster
}

/** An empty array of topics, then false. kafkajs writes an empty array as null, which asks for all topics. */
const NO_TOPICS = encoded(Buffer.alloc(5))
const UNKNOWN_TOPIC = 3
const INVALID_TOPIC = 17
const GROUP = 0

async function findCoordinator(node: Node, groupId: string): Promise<number> {
  const answer = await node.call('GroupCoordinator', { groupId, coordinatorType: GROUP })
  return (answer as { coordinator: { nodeId: number } }).coordinator.nodeId
}

/** The broker's name of an error code. */
export function typeOf(code: number): string {
  return loadKafkajs().errorTypes.find((each) => each.code === code)?.type ?? LATER_ERRORS[code] ?? `error ${code}`
}

/** Errors that came after kafkajs. */
const LATER_ERRORS: Readonly<Record<number, string>> = {
  74: 'FENCED_LEADER_EPOCH',
  75: 'UNKNOWN_LEADER_EPOCH',
  78: 'OFFSET_NOT_AVAILABLE',
  82: 'FENCED_INSTANCE_ID',
  87: 'INVALID_RECORD',
  88: 'UNSTABLE_OFFSET_COMMIT',
  89: 'THROTTLING_QUOTA_EXCEEDED',
  90: 'PRODUCER_FENCED',
}

/** @throws RangeError on what is no list of `host:port` */
export function parseBrokers(list: string): readonly Address[] {
  return list.split(',').map((entry) => {
    const [, host, port] = /^\s*(?:[a-z_]+:\/\/)?\[?([^\]\s]+?)\]?:(\d{1,5})\s*$/i.exec(entry) ?? []
    if (host === undefined) throw new RangeError(`brokers must be host:port, comma-separated, not "${entry}"`)
    return { host, port: Number(port) }
  })
}

/** True where another node may have the answer, so that what was known has to be asked for again. */
export function isMoved(error: unknown): boolean {
  return MOVED.has(errorType(error))
}

const MOVED = new Set([
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'KAFKA_STORAGE_ERROR',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'BROKER_NOT_AVAILABLE',
])

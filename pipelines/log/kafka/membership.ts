/** The requests of the classic consumer group protocol, by one member. Each throws what the broker answers. */

import type { Committed } from '../port.ts'
import { ASSIGNER, assign, type GroupMember, type Owned } from './assign.ts'
import type { Cluster } from './cluster.ts'
import type { Node } from './connection.ts'
import { loadKafkajs } from './kafkajs.ts'
import type { KafkaSettings } from './options.ts'

/** A member in one generation of its group. The broker refuses what carries an older one. */
export type Session = { readonly group: string; readonly member: string; readonly generation: number }

export type Joined = Session & { readonly leader: boolean; readonly members: readonly GroupMember[] }

type JoinAnswer = {
  readonly generationId: number
  readonly leaderId: string
  readonly memberId: string
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[]
}

/** @param member '' for a new one: the first answer then only carries its id, as MEMBER_ID_REQUIRED */
export async function joinGroup(
  node: Node,
  settings: KafkaSettings,
  group: string,
  member: string,
  subscription: Omit<GroupMember, 'id'>,
): Promise<Joined> {
  const { MemberMetadata } = loadKafkajs()
  const userData = Buffer.from(JSON.stringify({ owned: subscription.owned, generation: subscription.generation }))
  const answer = (await node.call('JoinGroup', {
    groupId: group,
    memberId: member,
    protocolType: 'consumer',
    sessionTimeout: settings.session_timeout_ms,
    rebalanceTimeout: settings.rebalance_timeout_ms,
    groupProtocols: [
      { name: ASSIGNER, metadata: MemberMetadata.encode({ version: 0, topics: [...subscription.topics], userData }) },
    ],
  })) as JoinAnswer
  return {
    group,
    member: answer.memberId,
    generation: answer.generationId,
    leader: answer.leaderId === answer.memberId,
    members: answer.members.map(({ memberId, memberMetadata }) => readMember(memberId, memberMetadata)),
  }
}

/** Hands the leader's plan in, if this is the leader, and gets this member's share. */
export async function syncGroup(node: Node, cluster: Cluster, joined: Joined): Promise<readonly Owned[]> {
  const { MemberAssignment } = loadKafkajs()
  const groupAssignment = []
  if (joined.leader) {
    const counts = new Map<string, number>()
    for (const topic of new Set(joined.members.flatMap((member) => member.topics))) {
      counts.set(topic, (await cluster.leaders(topic)).length)
    }
    for (const [memberId, assignment] of assign(joined.members, counts)) {
      groupAssignment.push({ memberId, memberAssignment: MemberAssignment.encode({ version: 0, assignment }) })
    }
  }
  const answer = (await node.call('SyncGroup', {
    groupId: joined.group,
    generationId: joined.generation,
    memberId: joined.member,
    groupAssignment,
  })) as { memberAssignment: Buffer }
  const mine = MemberAssignment.decode(answer.memberAssignment)?.assignment ?? {}
  return Object.entries(mine).flatMap(([topic, partitions]) => partitions.map((partition) => ({ topic, partition })))
}

export async function heartbeat(node: Node, session: Session): Promise<void> {
  await node.call('Heartbeat', {
    groupId: session.group,
    groupGenerationId: session.generation,
    memberId: session.member,
  })
}

export async function leaveGroup(node: Node, group: string, member: string): Promise<void> {
  await node.call('LeaveGroup', { groupId: group, memberId: member })
}

/** Stores a place under the session's generation: the broker refuses it when the group has gone on without it. */
export async function commitPlace(node: Node, session: Session, place: Owned & Committed): Promise<void> {
  const { topic, partition, offset, metadata } = place
  await node.call('OffsetCommit', {
    groupId: session.group,
    groupGenerationId: session.generation,
    memberId: session.member,
    topics: [{ topic, partitions: [{ partition, offset: String(offset), metadata }] }],
  })
}

function readMember(id: string, metadata: Buffer): GroupMember {
  const { topics, userData } = loadKafkajs().MemberMetadata.decode(metadata)
  const { owned, generation } = JSON.parse(userData.toString()) as Pick<GroupMember, 'owned' | 'generation'>
  return { id, topics, owned, generation }
}

/**
 * Who gets which partition. Run by the one member that the broker calls leader; all must agree on the name.
 *
 * Even (counts differ by at most one) and sticky: a partition stays where it was when that is even too, since a
 * pipeline rebuilds its state for a partition that is new to it. kafkajs's round robin moves nearly all of them
 * whenever a member comes or goes.
 */

export const ASSIGNER = 'omnify-sticky'

export type Owned = { readonly topic: string; readonly partition: number }

export type GroupMember = {
  readonly id: string
  readonly topics: readonly string[]
  /** What it held under `generation`, its last one; 0 for a member that never held any. */
  readonly owned: readonly Owned[]
  readonly generation: number
}

/**
 * @param counts number of partitions per topic
 * @returns member id → topic → partitions, with an entry for every member
 */
export function assign(
  members: readonly GroupMember[],
  counts: ReadonlyMap<string, number>,
): Map<string, Record<string, number[]>> {
  const holders = lastHolders(members)
  const load = new Map(members.map((member) => [member.id, 0]))
  const result = new Map(members.map((member) => [member.id, Object.create(null) as Record<string, number[]>]))
  const places = [...counts].flatMap(([topic, count]) =>
    Array.from({ length: count }, (_, partition) => ({ topic, partition })),
  )
  const give = (id: string, { topic, partition }: Owned) => {
    const topics = result.get(id)!
    topics[topic] = [...(topics[topic] ?? []), partition]
    load.set(id, load.get(id)! + 1)
  }
  // At most `least + 1` each, and only as many members with one more as the remainder allows.
  const least = Math.floor(places.length / members.length)
  let larger = places.length % members.length
  const free: Owned[] = []
  for (const place of places) {
    const holder = holders.get(keyOf(place))
    const has = holder === undefined ? Number.POSITIVE_INFINITY : load.get(holder)!
    if (has < least) give(holder!, place)
    else if (has === least && larger > 0) {
      larger -= 1
      give(holder!, place)
    } else free.push(place)
  }
  for (const place of free) {
    const able = members.filter((member) => member.topics.includes(place.topic))
    const [target] = able.sort((a, b) => load.get(a.id)! - load.get(b.id)! || (a.id < b.id ? -1 : 1))
    if (target !== undefined) give(target.id, place)
  }
  return result
}

/** The member with the newest claim wins: a zombie reports partitions that others have held since. */
function lastHolders(members: readonly GroupMember[]): Map<string, string> {
  const newest = new Map<string, GroupMember>()
  for (const member of members) {
    for (const place of member.owned) {
      if (!member.topics.includes(place.topic)) continue
      const other = newest.get(keyOf(place))
      if (other === undefined || other.generation < member.generation) newest.set(keyOf(place), member)
    }
  }
  return new Map([...newest].map(([key, member]) => [key, member.id]))
}

function keyOf({ topic, partition }: Owned): string {
  return `${topic}/${partition}`
}

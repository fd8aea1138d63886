/** A partition as groups name it. */
export type Place = { readonly topic: string; readonly partition: number }

export function placeName(place: Place): string {
  return `${place.topic}/${place.partition}`
}

/**
 * Shares partitions evenly among the members that want their topic, moving as few as possible: a partition stays where
 * it is unless its member has more than its share. Pure and deterministic.
 *
 * @param wants for every member, the places of its topics
 * @param holds the member that has a place now, by the place's name
 * @returns the member that shall have a place, by the place's name
 */
export function assign<M>(wants: ReadonlyMap<M, readonly Place[]>, holds: ReadonlyMap<string, M>): Map<string, M> {
  const members = [...wants.keys()]
  const seekers = new Map<string, M[]>()
  for (const [member, places] of wants) {
    for (const place of places) {
      const name = placeName(place)
      seekers.set(name, [...(seekers.get(name) ?? []), member])
    }
  }
  const assigned = new Map<string, M>()
  const load = new Map<M, number>(members.map((member) => [member, 0]))
  const give = (name: string, member: M) => {
    assigned.set(name, member)
    load.set(member, load.get(member)! + 1)
  }
  // Who stays comes first: only then is it known who has room for the rest.
  for (const [name, candidates] of seekers) {
    const holder = holds.get(name)
    if (holder !== undefined && candidates.includes(holder)) give(name, holder)
  }
  for (const [name, candidates] of seekers) if (!assigned.has(name)) give(name, lightest(candidates, load))
  // Evening out: as long as somebody could take a place from a member that has two more, it does.
  for (const [name, candidates] of [...seekers].reverse()) {
    const holder = assigned.get(name)!
    const taker = lightest(candidates, load)
    if (load.get(holder)! - load.get(taker)! < 2) continue
    load.set(holder, load.get(holder)! - 1)
    give(name, taker)
  }
  return assigned
}

function lightest<M>(candidates: readonly M[], load: ReadonlyMap<M, number>): M {
  return candidates.reduce((best, each) => (load.get(each)! < load.get(best)! ? each : best))
}

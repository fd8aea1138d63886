import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assign, type GroupMember, type Owned } from '../../../../pipelines/log/kafka/assign.ts'

const counts = new Map([
  ['a', 7],
  ['b', 4],
])

const fresh = (id: string): GroupMember => ({ id, topics: ['a', 'b'], owned: [], generation: 0 })
const flat = (topics: Record<string, number[]> = {}): Owned[] =>
  Object.entries(topics).flatMap(([topic, partitions]) => partitions.map((partition) => ({ topic, partition })))
const keys = (owned: readonly Owned[]) => owned.map(({ topic, partition }) => `${topic}/${partition}`).sort()

describe('assign', () => {
  it('gives every partition to exactly one member, evenly, and moves only what evenness asks for', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.nat(4), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 8 }),
        (rounds) => {
          let before = new Map<string, Owned[]>()
          rounds.forEach((present, round) => {
            const ids = [...new Set(present)].map((index) => `member-${index}`)
            const members = ids.map((id) => ({
              ...fresh(id),
              owned: before.get(id) ?? [],
              generation: before.has(id) ? round : 0,
            }))
            const after = new Map([...assign(members, counts)].map(([id, topics]) => [id, flat(topics)]))
            const sizes = [...after.values()].map((owned) => owned.length)
            expect(keys([...after.values()].flat())).toEqual(keys(flat({ a: [0, 1, 2, 3, 4, 5, 6], b: [0, 1, 2, 3] })))
            expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
            for (const [id, owned] of after) {
              const had = keys(before.get(id) ?? [])
              const kept = keys(owned).filter((key) => had.includes(key)).length
              expect(kept).toBeGreaterThanOrEqual(Math.min(had.length, Math.floor(11 / ids.length)))
            }
            before = after
          })
        },
      ),
    )
  })

  it('believes the newest claim where two members report the same partition', () => {
    const owned = flat({ a: [0, 1, 2, 3, 4, 5, 6], b: [0, 1, 2, 3] })
    const zombie = { ...fresh('zombie'), owned, generation: 3 }
    const owner = { ...fresh('owner'), owned: owned.slice(0, 5), generation: 4 }
    const kept = keys(flat(assign([zombie, owner], counts).get('owner')))
    expect(kept).toEqual(expect.arrayContaining(keys(owner.owned)))
  })

  it('gives a topic only to members that asked for it', () => {
    const plan = assign(
      [
        { ...fresh('x'), topics: ['a'] },
        { ...fresh('y'), topics: ['b'] },
      ],
      counts,
    )
    expect(Object.keys(plan.get('x')!)).toEqual(['a'])
    expect(Object.keys(plan.get('y')!)).toEqual(['b'])
  })
})

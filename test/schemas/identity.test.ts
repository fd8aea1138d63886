import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { familyOf } from '../../schemas/events/registry.ts'
import { type Identity, identityHash, identityKey, partitionOf } from '../../schemas/identity.ts'

const word = fc.stringMatching(/^[a-z0-9_.-]{1,12}$/)
const identity = fc.record({ tenant: word, source: word, type: word, id: fc.string({ minLength: 1 }) })

describe('identity', () => {
  it('differs whenever a part differs, wherever the border between two parts lies', () => {
    const at = (tenant: string, source: string, type: string, id: string) => ({ tenant, source, type, id })
    const all = [at('a', 'b', 'c', 'd'), at('ab', '', 'c', 'd'), at('a', 'bc', '', 'd'), at('a', 'b', 'cd', '')]
    expect(new Set(all.map(identityKey)).size).toBe(all.length)
    expect(new Set(all.map(hashOf)).size).toBe(all.length)
  })

  it('hashes equal only when equal', () => {
    fc.assert(
      fc.property(identity, identity, (a, b) => {
        // The schemas refuse U+0000 in every part; a generated id may have it.
        fc.pre(!a.id.includes('\0') && !b.id.includes('\0'))
        expect(hashOf(a) === hashOf(b)).toBe(identityKey(a) === identityKey(b))
        expect(hashOf(a)).toBe(hashOf({ ...a }))
      }),
      { seed: 7 },
    )
  })
})

describe('partitionOf', () => {
  const order = (id: string): Identity => ({ tenant: 'acme', source: 'shop', type: 'order.observed', id })

  it.each([1, 3, 4, 12, 64])('spreads groups evenly over %i partitions', (partitions) => {
    const counts = new Array<number>(partitions).fill(0)
    const groups = 2_000 * partitions
    for (let n = 0; n < groups; n++) counts[partitionOf(order(`${n}`), `order ${n}`, partitions)]!++
    expect(counts.reduce((sum, n) => sum + n, 0)).toBe(groups)
    // Five standard deviations of a fair draw (sqrt of 2,000 is 45).
    for (const n of counts) expect(Math.abs(n - 2_000)).toBeLessThan(partitions === 1 ? 1 : 225)
  })

  it('puts an order and its refunds into one', () => {
    const { group: orderGroup } = familyOf.get('order.observed')!
    const { group: refundGroup } = familyOf.get('order.refunded')!
    for (let n = 0; n < 100; n++) {
      const refund: Identity = { tenant: 'acme', source: 'shop', type: 'order.refunded', id: `refund-${n}` }
      expect(partitionOf(refund, refundGroup(refund.id, { order: `${n}` }), 12)).toBe(
        partitionOf(order(`${n}`), orderGroup(`${n}`, {}), 12),
      )
    }
  })

  it('keeps tenants and sources apart', () => {
    const places = (identity: Identity) =>
      Array.from({ length: 64 }, (_, n) => partitionOf(identity, `g${n}`, 1_000)).join()
    expect(places(order('1'))).not.toBe(places({ ...order('1'), tenant: 'other' }))
    expect(places(order('1'))).not.toBe(places({ ...order('1'), source: 'other' }))
  })
})

function hashOf(identity: Identity): string {
  const out = new Uint32Array(4)
  identityHash(identity, out)
  return out.join()
}

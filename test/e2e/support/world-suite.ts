import { describe, expect, it } from 'vitest'
import { smallWorld } from '../../../ingest/world/world.ts'
import type { Log } from '../../../pipelines/log/port.ts'
import { reduceEvents } from '../../ingest/world/reference.ts'
import { shuffleDelivery } from '../../support/shuffle-delivery.ts'
import { ADDITIVE_MEASURES, ALL_MEASURES, differences } from './compare-truth.ts'
import { useWorldRig } from './world-rig.ts'

const LIMIT = 100_000

/**
 * Worlds through the whole engine, over the log that is given: whatever the order, lateness and doubling of delivery,
 * the answers are the world's truth. A failure names the world's seed and the shuffle; `smallWorld(seed)` and
 * `shuffleDelivery(events, shuffle)` make the same again.
 */
export function worldSuite(name: string, options: { seeds: readonly number[]; open?: () => Promise<Log> }): void {
  describe(`worlds over the ${name} log`, () => {
    const rig = useWorldRig(options.open)

    describe.each(options.seeds)('seed %i', (seed) => {
      const world = smallWorld(seed)
      const events = [...world.closed()].flat()
      const shuffle = `${seed} ${name}`
      const tenantName = `world-${seed}`

      it('answers the truth, however it was delivered', async () => {
        const tenant = await rig.tenant(tenantName)
        // The pipelines alone must be enough; that the door looks for duplicates only spares them work.
        await rig.deliver(tenant, shuffleDelivery(events, shuffle), seed % 2 === 0 ? 'looks' : 'open')
        await rig.caughtUp()
        const ask = (dimensions: readonly string[], measures: readonly string[] = ALL_MEASURES) =>
          rig.metrics(tenant, { measures, dimensions, limit: LIMIT })

        const finest = ['day', 'platform', 'campaign', 'creative'] as const
        expect(differences(await ask(finest), world.truthBy([...finest, 'currency']), finest)).toEqual([])
        const fromFacts = { measures: ALL_MEASURES, dimensions: finest, limit: LIMIT, as_of: '2100-01-01T00:00:00Z' }
        const known = await rig.metrics(tenant, fromFacts)
        expect(differences(known, world.truthBy([...finest, 'currency']), finest), 'from facts').toEqual([])
        const ads = ['day', 'platform', 'account', 'campaign', 'ad_group', 'ad', 'creative'] as const
        expect(differences(await ask(ads), world.truthBy([...ads, 'currency']), ads)).toEqual([])
        for (const by of [['day'], ['campaign'], ['creative'], []] as const) {
          const rows = await ask(by, ADDITIVE_MEASURES)
          expect(differences(rows, world.truthBy([...by, 'currency']), by, ADDITIVE_MEASURES)).toEqual([])
        }
      })

      it('has not a single dead letter', async () => {
        const letters = await rig.engine.store.query(
          `SELECT code, path, reason FROM failed_events WHERE tenant = {tenant:String}`,
          { tenant: tenantName },
        )
        expect(letters).toEqual([])
      })
    })

    it('answers as of a time what had been observed by then', async () => {
      const seed = 100
      // One slice per account: half-way, which of two slices is taken is the reader's choice.
      const world = smallWorld(seed, { slices: 'one' })
      const events = [...world.closed()].flat()
      const tenant = await rig.tenant('as-of')
      await rig.deliver(tenant, shuffleDelivery(events, seed), 'open')
      await rig.caughtUp()
      for (const share of [0.3, 0.6, 1]) {
        const at_ms = world.start_ms + share * (world.end_ms - world.start_ms)
        const as_of = new Date(at_ms).toISOString()
        const rows = await rig.metrics(tenant, {
          measures: ['impressions', 'clicks', 'conversions', 'spend', 'orders', 'revenue'],
          dimensions: ['day', 'platform', 'campaign', 'creative'],
          as_of,
          limit: LIMIT,
        })
        const expected = reduceEvents(events.filter(({ occurred_at }) => Date.parse(occurred_at) <= at_ms))
        expect(expected.size).toBeGreaterThan(10)
        const show = (values: readonly (string | number | bigint | null)[]) => values.map((v) => String(v ?? 0)).join()
        const got = new Map(
          rows.map((r) => [
            [r.day, r.platform, r.campaign, r.creative, r.currency].map((k) => k ?? '').join('|'),
            show([r.impressions!, r.clicks!, r.conversions!, micros(r.spend), r.orders!, micros(r.revenue)]),
          ]),
        )
        const wanted = new Map([...expected].map(([key, line]) => [key, show(Object.values(line))]))
        const nothing = show([0, 0, 0, 0, 0, 0])
        const wrong = [...new Set([...got.keys(), ...wanted.keys()])]
          .filter((key) => (got.get(key) ?? nothing) !== (wanted.get(key) ?? nothing))
          .map((key) => `${key}: got ${got.get(key)}; events say ${wanted.get(key)}`)
        expect(wrong, `as of ${as_of}, seed ${seed}`).toEqual([])
      }
    })
  })
}

function micros(money: string | number | null | undefined): bigint {
  const [whole, fraction = ''] = String(money ?? '0').split('.')
  return BigInt(`${whole}${fraction.padEnd(6, '0')}`)
}

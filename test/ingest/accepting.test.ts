import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { identityHash, partitionOf } from '../../schemas/identity.ts'
import { type Door, openDoor, order, PARTITIONS, TOPIC } from '../support/door.ts'

const demo = { name: 'demo', currency: 'USD', zone: 'America/New_York' }
let door: Door

beforeEach(async () => {
  door = await openDoor()
})
afterEach(() => door.close())

describe('the acceptor', () => {
  it('puts valid events on the log, each in the partition of its group, with its identity as key', async () => {
    const refund = {
      ...order('r1'),
      type: 'order.refunded',
      data: { order: 'o1', refunded_at: '2026-01-15T10:00:00Z' },
    }
    const verdicts = await door.acceptor.accept(demo, [order('o1'), refund, order('o2')], { run: 'run-1' })
    expect(verdicts).toEqual(['accepted', 'accepted', 'accepted'])
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const poll = { records_max: 10, bytes_max: 1e6, wait_ms: 0 }
      for (const record of await door.log.read(TOPIC, partition, 0, poll)) {
        const event = JSON.parse(record.value!.toString())
        const group = event.type === 'order.refunded' ? `order ${event.data.order}` : `order ${event.id}`
        expect(partitionOf(event, group, PARTITIONS)).toBe(partition)
        const words = new Uint32Array(4)
        identityHash(event, words)
        expect(record.key!.equals(Buffer.from(words.buffer))).toBe(true)
        expect(event).toMatchObject({ c: 1, tenant: 'demo', run: 'run-1' })
      }
    }
    expect(door.events()).toHaveLength(3)
  })

  it('uses the zone of the tenant where the event names none', async () => {
    await door.acceptor.accept(demo, [order('o1', { ordered_at: '2026-01-15T03:00:00Z' })])
    expect(door.events()[0]!.data).toMatchObject({ day: '2026-01-14', offset_min: -300, time_zone: 'America/New_York' })
  })

  it('gives a verdict for every event in its place, and takes the good ones', async () => {
    const verdicts = await door.acceptor.accept(demo, [
      null,
      order('o1'),
      { ...order('o2'), type: 'x' },
      order('o1'),
      7,
    ])
    expect(verdicts.map((verdict) => (typeof verdict === 'string' ? verdict : verdict.code))).toEqual([
      'invalid_event',
      'accepted',
      'unknown_type',
      'duplicate',
      'invalid_event',
    ])
    expect(door.events()).toHaveLength(1)
  })

  it('keeps personal data off the log, and the vault opens them again', async () => {
    const personal = {
      email: 'Ann@Example.com',
      phone: '+49 151 234567',
      name: 'Ann Example',
      address: 'Am Markt 1',
      ip: '10.1.2.3',
    }
    await door.acceptor.accept(demo, [
      order('o1', { personal, customer: 'c1' }),
      order('o2', { personal: { name: null } }),
    ])
    const bytes = door.log
      .all(TOPIC)
      .map(({ value }) => value!.toString())
      .join('\n')
    for (const text of Object.values(personal)) expect(bytes).not.toContain(text)
    const [one, two] = door.events().sort((a, b) => a.id.localeCompare(b.id))
    expect(await door.vault.open('demo', one!.sealed!.blob)).toEqual(personal)
    expect(one!.sealed!.email_hmac).toBe(await door.vault.hmac('demo', 'email', 'ann@example.com'))
    expect(two!.sealed).toBeUndefined()
    await door.vault.erase('demo', 'c1')
    expect(await door.vault.open('demo', one!.sealed!.blob)).toBe('erased')
  })

  it('takes other content under the same id: the pipeline judges it', async () => {
    const verdicts = await door.acceptor.accept(demo, [
      order('o1'),
      order('o1', { total: 13 }),
      order('o1', {}, { source: 'b' }),
    ])
    expect(verdicts).toEqual(['accepted', 'accepted', 'accepted'])
    const others = { ...demo, name: 'other' }
    expect(await door.acceptor.accept(others, [order('o1')])).toEqual(['accepted'])
    expect(await door.acceptor.accept(demo, [order('o1'), order('o1', { total: 13 })])).toEqual([
      'duplicate',
      'duplicate',
    ])
  })

  it('calls the same personal data a duplicate, although every ciphertext differs', async () => {
    const event = order('o1', { personal: { email: 'ann@example.com' }, customer: 'c1' })
    expect(await door.acceptor.accept(demo, [event])).toEqual(['accepted'])
    expect(await door.acceptor.accept(demo, [event])).toEqual(['duplicate'])
    const changed = order('o1', { personal: { email: 'new@example.com' }, customer: 'c1' })
    expect(await door.acceptor.accept(demo, [changed])).toEqual(['accepted'])
  })

  it('says nothing is accepted when the log fails, and takes exactly what is missing the next time', async () => {
    const events = Array.from({ length: 40 }, (_, n) => order(`o${n}`))
    door.log.fail('log_slow')
    await expect(door.acceptor.accept(demo, events)).rejects.toMatchObject({ code: 'log_slow' })
    expect(door.events()).toEqual([])
    door.log.fail(undefined)
    expect(new Set(await door.acceptor.accept(demo, events))).toEqual(new Set(['accepted']))
    expect(door.events()).toHaveLength(40)
  })

  it('tells as duplicates what got through when one partition failed', async () => {
    const events = Array.from({ length: 40 }, (_, n) => order(`o${n}`))
    door.log.fail('log_unavailable', 2)
    await expect(door.acceptor.accept(demo, events)).rejects.toMatchObject({ code: 'log_unavailable' })
    const through = door.events().length
    expect(through).toBeGreaterThan(0)
    expect(through).toBeLessThan(40)
    door.log.fail(undefined)
    const verdicts = await door.acceptor.accept(demo, events)
    expect(verdicts.filter((verdict) => verdict === 'duplicate')).toHaveLength(through)
    expect(door.events()).toHaveLength(40)
  })

  it('waits until the log has it durably', async () => {
    const gate = Promise.withResolvers<void>()
    door.log.hold(gate.promise)
    let done = false
    const accepting = door.acceptor.accept(demo, [order('o1')]).then(() => {
      done = true
    })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(done).toBe(false)
    gate.resolve()
    await accepting
  })

  it('accepts every event once, however it is split and repeated', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(fc.nat(30), { maxLength: 20 }), { maxLength: 6 }), async (requests) => {
        const fresh = await openDoor()
        const told = new Map<number, number>()
        for (const ids of requests) {
          const verdicts = await fresh.acceptor.accept(
            demo,
            ids.map((n) => order(`o${n}`)),
          )
          for (const [at, n] of ids.entries()) if (verdicts[at] === 'accepted') told.set(n, (told.get(n) ?? 0) + 1)
        }
        const sent = new Set(requests.flat())
        expect([...told.keys()].sort()).toEqual([...sent].sort())
        expect([...told.values()].every((times) => times === 1)).toBe(true)
        expect(fresh.events()).toHaveLength(sent.size)
        await fresh.close()
      }),
      { numRuns: 15 },
    )
  })
})

it('gives JSON text and objects the same verdicts and the same bytes on the log', async () => {
  const events = [
    order('o1'),
    order('o2', { total: '1e3', customer: 'Zoë' }),
    { ...order('o3'), id: 7 },
    order('o1'),
    order('o4', { currency: 'XXQ' }),
    { ...order('t1'), type: 'touch.recorded', data: { kind: 'click', visitor: 'v', click_ids: { gclid: 'x' } } },
    { ...order('w1'), type: 'web.recorded', data: { kind: 'page_view', page: '/' } },
    { ...order('r1'), type: 'order.refunded', data: { order: 'o1', refunded_at: '2026-01-15T10:00:00Z' } },
    null,
  ]
  const texts = events.map((event) => JSON.stringify(event))
  const bytes = Buffer.from(texts.join('\n'))
  const starts = texts.map((_, i) => Buffer.byteLength(texts.slice(0, i).join('\n')) + (i === 0 ? 0 : 1))
  const ends = texts.map((text, i) => starts[i]! + Buffer.byteLength(text))
  const json = { bytes, starts, ends, parse: (index: number) => ({ event: JSON.parse(texts[index]!) as unknown }) }
  const verdicts = await door.acceptor.accept(demo, events, { run: 'run-1' })
  const other = await openDoor()
  try {
    expect(await other.acceptor.accept(demo, json, { run: 'run-1' })).toEqual(verdicts)
    const poll = { records_max: 100, bytes_max: 1e6, wait_ms: 0 }
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const raw = async ({ log }: Door) =>
        (await log.read(TOPIC, partition, 0, poll)).map(({ key, value }) => [key!.toString('hex'), value!.toString()])
      expect(await raw(other)).toEqual(await raw(door))
    }
    expect(other.events()).toHaveLength(6)
  } finally {
    await other.close()
  }
})

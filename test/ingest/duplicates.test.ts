import { afterEach, describe, expect, it } from 'vitest'
import { type DuplicatesDeps, makeDuplicates } from '../../ingest/duplicates.ts'
import { ENTRY_WORDS } from '../../ingest/recent-contents.ts'
import { Bloom } from '../../pipelines/identities/bloom.ts'
import { type Store, StoreError } from '../../pipelines/store/client.ts'
import { migrate } from '../../pipelines/store/migrate.ts'
import { hash64Hex } from '../../schemas/hash.ts'
import { identityHash } from '../../schemas/identity.ts'
import { openDoor, order } from '../support/door.ts'
import { useStore } from '../support/store.ts'
import { emptyStore } from '../support/store-double.ts'

const test = useStore()
const open: { close(): void }[] = []
afterEach(() => {
  for (const one of open.splice(0)) one.close()
})

function make(deps: Partial<DuplicatesDeps>) {
  const errors: StoreError[] = []
  const all = {
    store: emptyStore,
    topic: 'events',
    partitions: 2,
    clock: () => 0,
    onStoreError: (e: StoreError) => errors.push(e),
    ...deps,
  }
  const duplicates = makeDuplicates(all as DuplicatesDeps)
  open.push(duplicates)
  return { duplicates, errors }
}

/** Entries of identities `o0`, `o1`, … with a content each. */
function entriesOf(contents: readonly string[], tenant = 0): Uint32Array {
  const entries = new Uint32Array(contents.length * ENTRY_WORDS)
  for (const [at, content] of contents.entries()) {
    const words = entries.subarray(at * ENTRY_WORDS, (at + 1) * ENTRY_WORDS)
    identityHash({ tenant: 'demo', source: 'shop', type: 'order.observed', id: `o${at}` }, words)
    const h = hash64Hex(content)
    words[4] = Number.parseInt(h.slice(0, 8), 16)
    words[5] = Number.parseInt(h.slice(8), 16)
    words[6] = tenant
  }
  return entries
}

/** Puts identities into the store as the facts pipeline does. */
async function store(entries: Uint32Array, tenant: string): Promise<void> {
  for (let at = 0; at < entries.length / ENTRY_WORDS; at += 1) {
    const from = at * ENTRY_WORDS
    const hash = Buffer.from(entries.buffer, from * 4, 16).toString('hex')
    const content = ((BigInt(entries[from + 4]!) << 32n) | BigInt(entries[from + 5]!)).toString()
    await test.store.command(
      `INSERT INTO identities SELECT unhex({hash:String}), {content:UInt64}, {tenant:String}, 'order.observed',
       '2026-01-01', 0, '', 'events', ${at % 2}, {at:Int64}, 0`,
      { hash, content, tenant, at },
    )
  }
}

describe('duplicates', () => {
  it('finds in the store what was there before it started, by content and by tenant', async () => {
    await migrate(test.store, 'schemas/migrations')
    const known = entriesOf(['a', 'b', 'c'])
    await store(known, 'demo')
    for (const bloom of [undefined, new Bloom(1024)]) {
      // A busy machine answers late; here it is the answer that counts.
      const { duplicates, errors } = make({ store: test.store, bloom, store_wait_ms: 30_000 })
      const changed = entriesOf(['a', 'other', 'c', 'new'])
      expect([...(await duplicates.find('demo', changed))]).toEqual([1, 0, 1, 0])
      expect([...(await duplicates.find('elsewhere', changed))]).toEqual([0, 0, 0, 0])
      expect(errors).toEqual([])
    }
  })

  it('asks the store only for what the filter cannot exclude, once it is filled', async () => {
    let asked = 0
    const counting: Store = {
      ...test.store,
      query: async (...args: Parameters<Store['query']>) => {
        asked += 1
        return test.store.query(...args)
      },
    } as Store
    const { duplicates } = make({ store: counting, bloom: new Bloom(4096), store_wait_ms: 30_000 })
    await expect
      .poll(async () => {
        const before = asked
        await duplicates.find('demo', entriesOf(['x', 'x', 'x', 'x']).subarray(3 * ENTRY_WORDS))
        return asked - before
      })
      .toBe(0)
    expect([...(await duplicates.find('demo', entriesOf(['a'])))]).toEqual([1])
    expect(asked).toBeGreaterThan(0)
  })

  it('remembers what was appended, and nothing that was not', async () => {
    const { duplicates } = make({ bloom: new Bloom(1024) })
    const entries = entriesOf(['a', 'b', 'c'])
    duplicates.remember(entries, [0, 2])
    expect([...(await duplicates.find('demo', entries))]).toEqual([1, 0, 1])
    expect([...(await duplicates.find('other', entriesOf(['a', 'b', 'c'], 1)))]).toEqual([0, 0, 0])
    expect([duplicates.tenantNumber('a'), duplicates.tenantNumber('b'), duplicates.tenantNumber('a')]).toEqual([
      0, 1, 0,
    ])
  })

  it('goes on without a store that does not answer, and leaves it alone for a while', async () => {
    let now_ms = 0
    let asked = 0
    const silent: Store = {
      ...emptyStore,
      query: (_sql, _params, request) => {
        asked += 1
        return new Promise((_, reject) => {
          request!.signal!.addEventListener('abort', () => reject(new StoreError('cancelled', 0, 'aborted')))
        })
      },
    }
    const { duplicates, errors } = make({ store: silent, clock: () => now_ms })
    const started = performance.now()
    expect([...(await duplicates.find('demo', entriesOf(['a'])))]).toEqual([0])
    // For ever without the limit of time; how much longer than it the machine takes is not the point.
    expect(performance.now() - started).toBeLessThan(60_000)
    expect([asked, errors.length]).toEqual([1, 1])
    await duplicates.find('demo', entriesOf(['a']))
    expect(asked).toBe(1)
    now_ms = 5_001
    await duplicates.find('demo', entriesOf(['a']))
    expect(asked).toBe(2)
  })

  it('throws what is no failure of the store', async () => {
    const broken: Store = { ...emptyStore, query: () => Promise.reject(new TypeError('ours')) }
    const { duplicates } = make({ store: broken })
    await expect(duplicates.find('demo', entriesOf(['a']))).rejects.toThrow(TypeError)
  })

  it('counts an event as new while the filter cannot be filled, but never loses one', async () => {
    const down: Store = {
      ...emptyStore,
      query: () => Promise.reject(new StoreError('unavailable', 0, 'down')),
      queryRaw: () => Promise.reject(new StoreError('unavailable', 0, 'down')),
    }
    const door = await openDoor({ store: down })
    const demo = { name: 'demo', currency: 'USD', zone: 'UTC' }
    expect(await door.acceptor.accept(demo, [order('o1')])).toEqual(['accepted'])
    expect(await door.acceptor.accept(demo, [order('o1'), order('o2')])).toEqual(['duplicate', 'accepted'])
    expect(door.events()).toHaveLength(2)
    await door.close()
  })
})

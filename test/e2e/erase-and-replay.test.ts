import { createHmac } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type RunningEngine, useProcesses } from '../support/running-engine.ts'
import { order } from './support/events.ts'

const SECRET = 'shop-secret'

describe('personal data', () => {
  const processes = useProcesses()
  let engine: RunningEngine
  beforeAll(async () => {
    engine = await processes.engine({ env: { OMNIFY_SHOPIFY_WEBHOOK_SECRET: SECRET } })
  })

  // Words that occur nowhere else, so that finding one is finding the person.
  const PERSON = {
    email: 'zoe.quixotic@mail.example',
    phone: '+4915112345678',
    name: 'Zoe Quixotic-Wolff',
    address: 'Xylophonweg 77, 99887 Zwickelhausen',
  }
  const WORDS = ['zoe.quixotic', 'Quixotic-Wolff', 'Xylophonweg', 'Zwickelhausen', '4915112345678', 'deadletterperson']

  it('never lie in plain text anywhere, and cannot be read after omnify erase; numbers stay', async () => {
    const sent = [order('with-person', { customer: 'zoe', personal: PERSON }), order('no-person')]
    expect((await engine.post(sent)).json()).toMatchObject({ accepted: 2, rejected: [] })
    // A signed body that cannot be read is kept as a dead letter: raw, and sealed.
    const body = '{"id": 5, "email": "deadletterperson@mail.example", '
    const refused = await engine.fetch('/v1/webhooks/shopify/demo', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-shopify-topic': 'orders/create',
        'x-shopify-hmac-sha256': createHmac('sha256', SECRET).update(body).digest('base64'),
      },
      body,
    })
    expect(refused.status).toBe(422)
    await engine.caughtUp()
    expect((await engine.status()).pipelines[0].failed_events).toBe(1)
    const before = await engine.metrics({ measures: ['orders', 'revenue', 'customers'], grain: 'day' })
    expect(await findWords(engine.home, WORDS)).toEqual([])

    const erased = await processes.run(engine.home, ['erase', '--tenant', 'demo', '--subject', 'zoe'])
    expect(erased.code, erased.err).toBe(0)
    expect(JSON.parse(erased.out).keys_destroyed).toBeGreaterThan(0)
    expect(await engine.metrics({ measures: ['orders', 'revenue', 'customers'], grain: 'day' })).toEqual(before)

    // What the store buffered is on disk once the engine is down; a search of all of it finds nothing.
    await engine.stop()
    expect(await findWords(engine.home, WORDS)).toEqual([])
    const again = await processes.run(engine.home, ['erase', '--tenant', 'demo', '--subject', 'zoe'])
    expect(JSON.parse(again.out)).toMatchObject({ keys_destroyed: 0 })
    const next = await processes.engine({ home: engine.home })
    expect(await next.metrics({ measures: ['orders', 'revenue', 'customers'], grain: 'day' })).toEqual(before)
  }, 150_000)

  it('would be found if they lay there', async () => {
    const home = await processes.home()
    await writeFile(join(home, 'segment'), Buffer.concat([Buffer.alloc(70_000, 1), Buffer.from('at Xylophonweg 77')]))
    expect(await findWords(home, WORDS)).toEqual(['segment: Xylophonweg'])
  })
})

describe('omnify replay', () => {
  const processes = useProcesses()

  it('sends an importer’s rejects again with the amount mended, once', async () => {
    const engine = await processes.engine()
    const file = join(engine.home, 'orders.csv')
    // The second line has no amount that could be one.
    const lines = [
      'order,placed,amount,mail',
      'r1,2026-01-10T10:00:00Z,10.00,a@mail.example',
      'r2,2026-01-10T11:00:00Z,1e308,b@mail.example',
    ]
    await writeFile(file, `${lines.join('\n')}\n`)
    const mapping = join(engine.home, 'orders.json')
    await writeFile(mapping, JSON.stringify(MAPPING))
    const imported = await processes.run(engine.home, ['import', file, '--mapping', mapping])
    expect(JSON.parse(imported.out)).toEqual({ read: 2, accepted: 1, duplicate: 0, rejected: 1, orphaned: 0 })
    expect(imported.err).toContain('money_out_of_range')
    await engine.caughtUp()
    const failed = async () => (await engine.status()).pipelines[0].failed_events
    expect(await failed()).toBe(1)

    const replay = async (...args: string[]) => {
      const { code, out, err } = await processes.run(engine.home, ['replay', '--tenant', 'demo', ...args])
      await engine.caughtUp()
      return { code, err, ...JSON.parse(out) }
    }
    // Without a fix it stays, with its reason.
    expect(await replay()).toMatchObject({
      code: 0,
      read: 1,
      replayed: 0,
      failed: 1,
      err: expect.stringContaining('money_out_of_range'),
    })
    expect(await failed()).toBe(1)
    expect(await replay('--code', 'id_conflict')).toMatchObject({ read: 0 })
    expect(await replay('--set', 'data/total=12.00')).toMatchObject({ read: 1, replayed: 1, failed: 0 })
    expect(await failed()).toBe(0)
    const rows = [{ orders: 2, revenue: '22.00', currency: 'USD' }]
    expect(await engine.metrics({ measures: ['orders', 'revenue'] })).toEqual(rows)
    expect(await replay('--set', 'data/total=13.00')).toMatchObject({ read: 0, replayed: 0, failed: 0 })
    expect(await engine.metrics({ measures: ['orders', 'revenue'] })).toEqual(rows)
    // The same file again adds nothing either: the mended order is there, and the reject is known.
    const again = await processes.run(engine.home, ['import', file, '--mapping', mapping])
    expect(JSON.parse(again.out)).toMatchObject({ read: 2, accepted: 0, duplicate: 1, rejected: 1 })
    expect(await engine.metrics({ measures: ['orders', 'revenue'] })).toEqual(rows)
  }, 150_000)
})

const MAPPING = {
  name: 'orders',
  about: 'orders of a test',
  format: 'csv',
  source: 'csv_shop',
  type: 'order.observed',
  currency: 'USD',
  zone: 'UTC',
  id: { column: 'order' },
  occurred_at: { column: 'placed', as: 'instant' },
  data: {
    ordered_at: { column: 'placed', as: 'instant' },
    currency: { setting: 'currency' },
    total: { column: 'amount', as: 'money' },
    status: { constant: 'paid' },
    'personal.email': { column: 'mail' },
  },
}

/** Files below a folder that hold one of the words as they are, in UTF-8 or UTF-16. */
async function findWords(home: string, words: readonly string[]): Promise<string[]> {
  const found: string[] = []
  let files = 0
  for (const entry of await readdir(home, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    // The engine merges its parts while we look: a part that is gone is in another one.
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return Buffer.alloc(0)
      throw error
    })
    files++
    const text = bytes.toString('latin1').toLowerCase()
    for (const word of words) {
      const wide = Buffer.from(word.toLowerCase(), 'utf16le').toString('latin1')
      if (text.includes(word.toLowerCase()) || text.includes(wide))
        found.push(`${path.slice(home.length + 1)}: ${word}`)
    }
  }
  if (files === 0) throw new Error(`there is nothing to search in ${home}`)
  return found
}

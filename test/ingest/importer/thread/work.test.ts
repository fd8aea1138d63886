import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { LIMITS } from '../../../../ingest/importer/limits.ts'
import { parseMapping } from '../../../../ingest/importer/mapping/load.ts'
import type { Batch, Place } from '../../../../ingest/importer/thread/batch.ts'
import { work } from '../../../../ingest/importer/thread/work.ts'
import { unpackRecords } from '../../../../pipelines/log/packed.ts'

const folder = mkdtempSync(join(tmpdir(), 'omnify-work-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const orders = {
  name: 'orders',
  about: '',
  format: 'csv',
  source: 'shop',
  type: 'order.observed',
  currency: 'USD',
  zone: 'UTC',
  occurred_at: { column: 'day', as: 'instant', at: 'end_of_day' },
  data: {
    ordered_at: { column: 'day', as: 'instant', at: 'start_of_day' },
    currency: { setting: 'currency' },
    total: { column: 'total', as: 'money' },
    status: { constant: 'paid' },
    customer: { column: 'customer' },
    'personal.email': { column: 'email' },
  },
}
const hashed = parseMapping(JSON.stringify(orders), 'orders')
const keyed = parseMapping(JSON.stringify({ ...orders, id: { template: '{customer}-{day}-{total}' } }), 'keyed')

type Out = { batches: Batch[]; events: string[][]; rejects: string[]; places: Place[] }

async function run(path: string, mapping = hashed, from?: Place, skip = [0, 0, 0], sizes = [16, 1]): Promise<Out> {
  const out: Out = { batches: [], events: [], rejects: [], places: [] }
  const context = { tenant: 'acme', zone: 'UTC', now_ms: Date.UTC(2026, 0, 2) }
  const settings = { currency: 'USD', zone: 'UTC' }
  const [chunk_bytes, batch_bytes] = sizes as [number, number]
  await work(
    { path, mapping, settings, context, run: 'r', partitions: 3, from, skip, chunk_bytes, batch_bytes },
    (batch) => {
      out.batches.push(batch)
      out.events.push(eventsOf(batch))
      out.rejects.push(...batch.rejects.map((one) => `${one.rejection.reason} ${one.rejection.path} ${one.raw}`))
      out.places.push(batch.place)
    },
  )
  return out
}

/** The events of a batch as `partition value`, in the order in which each partition will get them. */
function eventsOf(batch: Batch): string[] {
  return batch.parts.flatMap((part, partition) => {
    const ready = unpackRecords(part).map(({ key, value }) => `${partition} ${key!.toString('hex')} ${value}`)
    const waiting = batch.unsealed.filter((one) => one.partition === partition)
    for (const [i, { before, key, event }] of waiting.entries()) {
      ready.splice(before + i, 0, `${partition} ${Buffer.from(key).toString('hex')} ${JSON.stringify(event)}`)
    }
    return ready
  })
}

function byPartition(events: readonly string[]): string[][] {
  return [0, 1, 2].map((partition) => events.filter((event) => event.startsWith(`${partition} `)))
}

const line = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(3)).map(([d, c]) => `2025-01-0${d},c${c},5.00,`),
  },
  { weight: 2, arbitrary: fc.nat(3).map((c) => `2025-01-05,"c, ${c}",7.10,"a${c}@example.com"`) },
  { weight: 1, arbitrary: fc.nat(3).map((c) => `2025-01-05,"c ${c}\nJr",7.10,a${c}@example.com`) },
  fc.constantFrom(
    '',
    '   ',
    'too,few',
    '2025-01-01,c1,abc,',
    '2025-13-01,c1,1,',
    '"open,1',
    'grün,c,1,',
    '2025-01-01,é,2,',
  ),
)

describe('reading a file into batches', () => {
  it('goes on from any place as if it had never stopped, and leaves out what is durable', async () => {
    let n = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 25 }),
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 5, max: 90 }),
        async (lines, native, packed, chunk) => {
          const path = join(folder, `f${n++}.csv`)
          const text = `\uFEFFday,customer,total,email\r\n${lines.join('\r\n')}`
          writeFileSync(path, packed ? gzipSync(text) : text)
          const mapping = native ? keyed : hashed
          const whole = await run(path, mapping, undefined, undefined, [chunk, 1])
          // Chunks and batches change nothing.
          const once = await run(path, mapping, undefined, undefined, [1 << 20, 1 << 20])
          expect(byPartition(whole.events.flat())).toEqual(byPartition(once.events.flat()))
          expect(whole.rejects).toEqual(once.rejects)
          expect(whole.places.at(-1)).toEqual(once.places.at(-1))
          expect(once.places[0]!.bytes).toBe(Buffer.byteLength(text))
          for (const [i, place] of whole.places.entries()) {
            const rest = await run(path, mapping, place, undefined, [chunk + 3, 1])
            expect(byPartition(rest.events.flat())).toEqual(byPartition(whole.events.slice(i + 1).flat()))
            expect(rest.places.at(-1)).toEqual(whole.places.at(-1))
          }
          // Killed in the middle: of each partition the first few events behind the place are on the log.
          const at = whole.places[Math.floor(whole.places.length / 2)]!
          const later = byPartition((await run(path, mapping, at)).events.flat())
          const durable = later.map((events, partition) => Math.min(events.length, partition + 1))
          const rest = byPartition((await run(path, mapping, at, durable)).events.flat())
          expect(rest).toEqual(later.map((events, partition) => events.slice(durable[partition])))
        },
      ),
      { numRuns: 60, seed: 20260106 },
    )
  })

  it('gives equal lines ids of their own, the same in a renamed or grown file', async () => {
    const head = 'day,customer,total,email\n'
    const [a, b] = ['2025-01-01,c1,5.00,', '2025-01-02,c2,6.00,']
    const first = join(folder, 'first.csv')
    const grown = join(folder, 'grown.csv')
    writeFileSync(first, `${head}${a}\n${b}\n${a}\n`)
    writeFileSync(grown, `${head}${a}  \r\n${b}\r\n${a}\r\n${a}\r\n`)
    const ids = async (path: string) =>
      (await run(path)).events.flat().map((event) => /"id":"([0-9a-f]{64})"/.exec(event)![1]!)
    const [before, after] = [await ids(first), await ids(grown)]
    expect(new Set(before).size).toBe(3)
    expect(new Set(after).size).toBe(4)
    expect(after).toEqual(expect.arrayContaining(before))
  })

  it('refuses a file whose header lacks a column that the mapping reads', async () => {
    const path = join(folder, 'other.csv')
    writeFileSync(path, 'day;customer\n')
    await expect(run(path)).rejects.toMatchObject({
      code: 'mapping_mismatch',
      message: expect.stringContaining('total'),
    })
  })

  it('refuses UTF-16 and a damaged gzip as files', async () => {
    const utf16 = join(folder, 'utf16.csv')
    writeFileSync(utf16, Buffer.from('\uFEFFday,total\n', 'utf16le'))
    await expect(run(utf16)).rejects.toMatchObject({ code: 'unreadable_file' })
    const cut = join(folder, 'cut.csv.gz')
    writeFileSync(cut, gzipSync(`day,customer,total,email\n${'2025-01-01,c,1,\n'.repeat(500)}`).subarray(0, -12))
    await expect(run(cut)).rejects.toMatchObject({ code: 'unreadable_file' })
    await expect(run(join(folder, 'none.csv'))).rejects.toMatchObject({ code: 'unreadable_file' })
  })

  it('refuses a line that is nested too deeply to be written again, and goes on', async () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
    const fine = { id: 'b', source: 'shop', type: 'touch.recorded', occurred_at: '2025-01-01T00:00:00Z' }
    const path = join(folder, 'deep.ndjson')
    const lines = [`{"id":"a","source":"shop","data":${deep}}`, JSON.stringify({ ...fine, data: { visitor: 'v' } })]
    writeFileSync(path, `${lines.join('\n')}\n`)
    const ready = parseMapping('{"name":"events","about":"","format":"ndjson","envelope":true}', 'events')
    const out = await run(path, ready, undefined, undefined, [1 << 20, 1 << 20])
    expect(out.batches[0]!.rejects).toMatchObject([{ rejection: { code: 'malformed_line' }, raw: lines[0] }])
    expect(out.events.flat()).toHaveLength(1)

    const mapped = parseMapping(JSON.stringify({ ...orders, format: 'ndjson' }), 'lines')
    writeFileSync(path, `{"day":"2025-01-01","total":1,"customer":${deep}}\n{"day":"2025-01-01","total":1}\n`)
    const read = await run(path, mapped, undefined, undefined, [1 << 20, 1 << 20])
    expect(read.batches[0]!.rejects).toMatchObject([{ rejection: { code: 'malformed_line' }, line: 1 }])
    expect(read.events.flat()).toHaveLength(1)
  })

  it('refuses an event that is too large for the log only once it is encoded, and goes on', async () => {
    const path = join(folder, 'large.ndjson')
    const events = parseMapping('{"name":"events","about":"","format":"ndjson","envelope":true}', 'events')
    // `price` becomes `price_micros` in each of the 1,000 lines of the order.
    const lines = Array.from({ length: 1000 }, () => ({ product: 'p', quantity: 1, price: 1, title: 'x'.repeat(940) }))
    const event = (id: string, more: object) => ({
      id,
      source: 'shop',
      type: 'order.observed',
      occurred_at: '2025-01-01T00:00:00Z',
      data: { ordered_at: '2025-01-01T00:00:00Z', currency: 'USD', total: 1, status: 'paid', ...more },
    })
    const huge = JSON.stringify(event('a', { lines }))
    expect(huge.length).toBeLessThan(LIMITS.line_bytes_max)
    writeFileSync(path, `${huge}\n${JSON.stringify(event('b', {}))}\n`)
    const out = await run(path, events, undefined, undefined, [1 << 20, 1 << 20])
    expect(out.rejects).toEqual([expect.stringMatching(/^line 1: the event takes more than/)])
    expect(out.batches[0]!.rejects[0]).toMatchObject({ source: 'shop', rejection: { code: 'event_too_large' } })
    expect(out.events.flat()).toHaveLength(1)
  })
})

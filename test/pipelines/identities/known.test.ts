import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bloom } from '../../../pipelines/identities/bloom.ts'
import { loadCheckpoint, saveCheckpoint } from '../../../pipelines/identities/checkpoint.ts'
import { knownIdentities } from '../../../pipelines/identities/known.ts'
import type { Store } from '../../../pipelines/store/client.ts'
import { hash128 } from '../../../schemas/hash.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'omnify-filter-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const BYTES = 4 * 1_048_576
const hashOf = (n: number) => {
  const words = new Uint32Array(4)
  hash128(`identity ${n}`, 0, words)
  return words
}
const has = (bloom: Bloom, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => from + i).filter((n) => bloom.mayHave(hashOf(n))).length
const filled = (from: number, to: number) => {
  const bloom = new Bloom(BYTES)
  for (let n = from; n < to; n++) bloom.add(hashOf(n))
  return bloom
}

describe('the filter on disk', () => {
  const key = () => ({ file: join(dir, 'filter'), topic: 't', table: 'one' })
  const positions = new Map([
    [0, 700],
    [3, 5],
  ])

  it('gives back what was saved, added to what is there', async () => {
    await saveCheckpoint(key(), filled(0, 1_000), { positions })
    const bloom = filled(5_000, 5_100)
    expect(await loadCheckpoint(key(), bloom)).toEqual({ positions })
    expect(has(bloom, 0, 1_000)).toBe(1_000)
    expect(has(bloom, 5_000, 5_100)).toBe(100)
    expect(has(bloom, 10_000, 11_000)).toBeLessThan(5)
    expect(await readdir(dir)).toEqual(['filter'])
  })

  it('is not used when it is missing, of another store, topic or size', async () => {
    expect(await loadCheckpoint(key(), new Bloom(BYTES))).toBeUndefined()
    await saveCheckpoint(key(), filled(0, 10), { positions })
    for (const other of [{ table: 'two' }, { topic: 'u' }]) {
      const bloom = new Bloom(BYTES)
      expect(await loadCheckpoint({ ...key(), ...other }, bloom)).toBeUndefined()
      expect(has(bloom, 0, 10)).toBe(0)
    }
    expect(await loadCheckpoint(key(), new Bloom(BYTES / 2))).toBeUndefined()
  })

  it('is not used when it is cut or any byte of it is another', async () => {
    await saveCheckpoint(key(), filled(0, 10_000), { positions })
    const whole = await readFile(key().file)
    const bloom = new Bloom(BYTES)
    for (const at of [0, 5, 60, 65_535, 65_536, 65_540, 1_200_000, whole.length - 1]) {
      const damaged = Buffer.from(whole)
      damaged[at]! ^= 1
      await writeFile(key().file, damaged)
      expect(await loadCheckpoint(key(), bloom), `byte ${at}`).toBeUndefined()
    }
    await writeFile(key().file, whole)
    for (const length of [whole.length - 1, 1_114_116, 65_536, 100, 0]) {
      await truncate(key().file, length)
      expect(await loadCheckpoint(key(), bloom), `${length} bytes`).toBeUndefined()
    }
    expect(has(bloom, 0, 10_000)).toBe(0)
  })
})

describe('known identities', () => {
  /** A table of identities: number n of partition 0 is at offset n. Counts the rows it was asked for. */
  const table = { rows: 1_000, asked: 0, uuid: 'one' }
  const store = {
    query: async () => [{ uuid: table.uuid }],
    queryRaw: async (_: string, { params }: { params: { from: number; partition: number } }) => {
      const all = params.partition === 0 ? Math.max(0, table.rows - params.from) : 0
      table.asked += all
      const bytes = Array.from({ length: all }, (_, n) => Buffer.from(hashOf(params.from + n).buffer))
      return { stream: Readable.from(bytes) }
    },
  } as unknown as Store
  const errors: Error[] = []
  const make = (records_a_save = 100) =>
    knownIdentities({
      ...{ store, bloom: new Bloom(BYTES), topic: 't', file: join(dir, 'filter'), records_a_save },
      onFileError: (error) => void errors.push(error),
    })
  beforeEach(() => {
    Object.assign(table, { rows: 1_000, asked: 0, uuid: 'one' })
    errors.length = 0
  })

  it('are read from the store once, and from then on only what came since', async () => {
    const first = make()
    await first.fill(0)
    await first.fill(1)
    expect(table.asked).toBe(1_000)
    first.committed(0, 1_000, 200)
    await first.close()

    table.rows = 1_030
    const next = make()
    await next.fill(0)
    expect(table.asked).toBe(1_030)
    expect(has(next.bloom, 0, 1_030)).toBe(1_030)
    // A claim that begins anew in the same process asks from what it has committed.
    next.committed(0, 1_030, 30)
    await next.fill(0)
    expect(table.asked).toBe(1_030)
    expect(errors).toEqual([])
  })

  it('are read as a whole from a store that was made anew, and where the file cannot be used', async () => {
    const first = make()
    await first.fill(0)
    first.committed(0, 1_000, 200)
    await first.close()
    table.uuid = 'two'
    const other = make()
    await other.fill(0)
    expect(table.asked).toBe(2_000)

    table.uuid = 'one'
    await writeFile(join(dir, 'filter'), 'omnify filter 0')
    const without = make()
    await without.fill(0)
    expect(table.asked).toBe(3_000)
    expect(has(without.bloom, 0, 1_000)).toBe(1_000)
  })

  it('are not saved for a few', async () => {
    const known = make(100_000)
    await known.fill(0)
    known.committed(0, 1_000, 10)
    await known.close()
    expect(await readdir(dir)).toEqual([])
  })

  it('go on without a file where none can be written', async () => {
    const known = knownIdentities({
      ...{ store, bloom: new Bloom(BYTES), topic: 't', file: join(dir, 'no such folder', 'filter'), records_a_save: 1 },
      onFileError: (error) => void errors.push(error),
    })
    await known.fill(0)
    known.committed(0, 1_000, 10)
    await known.close()
    expect(errors).toMatchObject([{ code: 'ENOENT' }])
    expect(has(known.bloom, 0, 1_000)).toBe(1_000)
  })
})

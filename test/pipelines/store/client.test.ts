import { describe, expect, it } from 'vitest'
import { connectStore, StoreError } from '../../../pipelines/store/client.ts'
import { NativeBlock } from '../../../pipelines/store/native.ts'
import { useStore } from '../../support/store.ts'

const test = useStore()

describe('connectStore', () => {
  it('gives rows with exact values', async () => {
    const sql = `SELECT toInt64(9007199254740993) AS big, toUInt32(7) AS small, CAST(NULL AS Nullable(Int8)) AS nothing,
      0 / 0 AS nan, toDateTime64('2026-01-01 00:00:00.5', 3, 'UTC') AS at, toDate('2026-01-02') AS day`
    expect(await test.store.query(sql)).toEqual([
      {
        big: '9007199254740993',
        small: 7,
        nothing: null,
        nan: null,
        at: '2026-01-01T00:00:00.500Z',
        day: '2026-01-02',
      },
    ])
  })

  it('puts settings of its own on every statement, below those of a request', async () => {
    const store = connectStore({ ...test.access, settings: { max_block_size: 77 } })
    const sql = "SELECT getSetting('max_block_size') AS set"
    expect(await store.query(sql)).toEqual([{ set: 77 }])
    expect(await store.query(sql, {}, { settings: { max_block_size: 78 } })).toEqual([{ set: 78 }])
    await store.command(`CREATE TEMPORARY TABLE one AS ${sql} WHERE throwIf(set != 77) = 0`)
    await store.close()
  })

  it('binds parameters of every shape, short in the URL and long in a form', async () => {
    const texts = ['plain', "it's", 'tab\tnew\nline', 'back\\slash', '\\N', '日本 ✓', '']
    for (const text of texts) {
      expect(await test.store.query('SELECT {text:String} AS text', { text })).toEqual([{ text }])
    }
    const many = Array.from({ length: 3_000 }, (_, n) => `value-${n}`)
    expect(await test.store.query('SELECT length({many:Array(String)}) AS n', { many })).toEqual([{ n: '3000' }])
    expect(await test.store.query('SELECT {none:Nullable(Int32)} AS n', { none: null })).toEqual([{ n: null }])
  })

  it.each([
    ['SELECT * FROM nowhere', 60],
    ['SELEC 1', 62],
    ['SELECT unknown_column', 47],
    ["SELECT toUInt8('x')", 6],
    ['SELECT 1; SELECT 2', 62],
  ])('rejects %s with code %d', async (sql, code) => {
    const error = await test.store.query(sql).catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(StoreError)
    expect(error).toMatchObject({ code, kind: 'rejected', retryable: false })
  })

  it('calls a memory limit retryable', async () => {
    const run = test.store.query('SELECT length(groupArray(number)) FROM numbers(10000000)', undefined, {
      settings: { max_memory_usage: 10_000_000 },
    })
    await expect(run).rejects.toMatchObject({ code: 241, kind: 'memory', retryable: true })
  })

  it('calls a store that is not there unavailable', async () => {
    const nobody = connectStore({ ...test.access, url: 'http://127.0.0.1:1' })
    await expect(nobody.query('SELECT 1')).rejects.toMatchObject({ code: 0, kind: 'unavailable', retryable: true })
    await nobody.close()
  })

  it('refuses a wrong password', async () => {
    const stranger = connectStore({ ...test.access, password: 'wrong' })
    await expect(stranger.query('SELECT 1')).rejects.toMatchObject({ code: 516, retryable: false })
    await expect(stranger.ping()).rejects.toBeInstanceOf(StoreError)
    await stranger.close()
  })
})

describe('insertNative', () => {
  const block = (n: number) => {
    const rows = new NativeBlock([{ name: 'a', type: 'UInt32' }])
    rows.column('a').append(n)
    return rows.finish()
  }
  const PLAIN = 'INSERT INTO tokens (a) FORMAT Native'
  const FROM_INPUT = "INSERT INTO tokens (a) SELECT a FROM input('a UInt32') WHERE (SELECT 1) = 1 FORMAT Native"

  it.each([PLAIN, FROM_INPUT])('writes the same token once and equal rows without one twice: %s', async (sql) => {
    await test.store.command(`CREATE OR REPLACE TABLE tokens (a UInt32) ENGINE = MergeTree ORDER BY a
      SETTINGS non_replicated_deduplication_window = 100, fsync_after_insert = 1, fsync_part_directory = 1`)
    const count = async () => (await test.store.query<{ n: string }>('SELECT count() AS n FROM tokens'))[0]!.n
    await test.store.insertNative(sql, block(1), { token: 'one' })
    await test.store.insertNative(sql, [block(1)], { token: 'one' })
    expect(await count()).toBe('1')
    await test.store.insertNative(sql, [block(1), block(2)], { token: 'two' })
    expect(await count()).toBe('3')
    await test.store.insertNative(sql, block(5))
    await test.store.insertNative(sql, block(5))
    expect(await count()).toBe('5')
    await test.store.command('INSERT INTO tokens SELECT 9')
    await test.store.command('INSERT INTO tokens SELECT 9')
    expect(await count()).toBe('7')
  })

  it('rejects bytes that are no block', async () => {
    await test.store.command('CREATE OR REPLACE TABLE tokens (a UInt32) ENGINE = MergeTree ORDER BY a')
    await expect(test.store.insertNative(PLAIN, Buffer.from('nonsense'))).rejects.toMatchObject({ retryable: false })
    await expect(test.store.insertNative(PLAIN, block(1).subarray(0, -1))).rejects.toMatchObject({ retryable: false })
    expect(await test.store.query('SELECT count() AS n FROM tokens')).toEqual([{ n: '0' }])
  })
})

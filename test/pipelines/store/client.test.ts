import { describe, expect, it } from 'vitest'
import { connectStore, StoreError } from '../../../pipelines/store/client.ts'
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

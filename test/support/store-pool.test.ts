import { afterAll, expect, it } from 'vitest'
import { connectStore } from '../../pipelines/store/client.ts'
import { makeStorePool } from './store-pool.ts'

const pool = makeStorePool()
afterAll(() => pool.close(), 60_000)

const ROWS = 'SELECT name, total_rows AS n FROM system.tables WHERE database = currentDatabase() AND total_rows > 0'

it('lends a store on without what was left in it, and not one with a failed test behind it', async () => {
  const first = await pool.borrow()
  const before = connectStore(first)
  const migrated = await before.query(ROWS)
  await before.command('CREATE TABLE mine (a UInt8) ENGINE = Memory')
  await before.command('CREATE DATABASE other')
  await before.command('ALTER TABLE fact_orders ADD COLUMN mine UInt8')
  await before.command("INSERT INTO newest_writers VALUES ('partition', 'writer')")
  await before.command("INSERT INTO api_key_ends (id) VALUES ('key')")
  await before.close()
  await pool.giveBack(first.loan, true)

  const second = await pool.borrow()
  expect(second.url).toBe(first.url)
  expect(second.database).not.toBe(first.database)
  const after = connectStore(second)
  expect(await after.query(ROWS)).toEqual(migrated)
  const mine =
    "SELECT count() AS n FROM system.columns WHERE database NOT IN ('system') AND (table, name) IN (('mine', 'a'), ('fact_orders', 'mine'))"
  expect(await after.query(mine)).toEqual([{ n: '0' }])
  expect(await after.query("SELECT count() AS n FROM system.databases WHERE name = 'other'")).toEqual([{ n: '0' }])
  await after.close()
  await pool.giveBack(second.loan, false)

  expect((await pool.borrow()).url).not.toBe(second.url)
}, 120_000)

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { MigrationError, migrate, readMigrations, splitStatements } from '../../../pipelines/store/migrate.ts'
import { useStore } from '../../support/store.ts'

const test = useStore({ empty: true })
const dirs: string[] = []
let dir: string

const ONE = `-- first; with a semicolon in a comment
CREATE TABLE IF NOT EXISTS one (a Int8 COMMENT 'it''s; here') ENGINE = MergeTree ORDER BY a;
CREATE OR REPLACE VIEW one_view AS SELECT a FROM one;
`
const TWO = 'ALTER TABLE one ADD COLUMN IF NOT EXISTS b Int8\n'

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'omnify-migrations-'))
  dirs.push(dir)
  await test.store.command('DROP TABLE IF EXISTS schema_migrations')
  await test.store.command('DROP TABLE IF EXISTS one')
})
afterAll(() => Promise.all(dirs.map((name) => rm(name, { recursive: true, force: true }))))

const put = (name: string, text: string) => writeFile(join(dir, name), text)

describe('migrate', () => {
  it('applies what is new, once, in order', async () => {
    await put('0001_one.sql', ONE)
    await put('README.md', 'no migration')
    expect(await migrate(test.store, dir)).toEqual(['0001_one'])
    await put('0002_two.sql', TWO)
    expect(await migrate(test.store, dir)).toEqual(['0002_two'])
    expect(await migrate(test.store, dir)).toEqual([])
    expect(
      await test.store.query("SELECT name FROM system.columns WHERE table = 'one' AND database = currentDatabase()"),
    ).toEqual([{ name: 'a' }, { name: 'b' }])
    const rows = await test.store.query(
      'SELECT number, name, length(checksum) AS n FROM schema_migrations ORDER BY number',
    )
    expect(rows).toEqual([
      { number: 1, name: '0001_one', n: '64' },
      { number: 2, name: '0002_two', n: '64' },
    ])
  })

  it('finishes one that was cut off between two statements', async () => {
    await put('0001_one.sql', ONE)
    const [first] = (await readMigrations(dir))[0]!.statements
    await test.store.command(first!)
    await test.store.command('INSERT INTO one (a) VALUES (7)')
    expect(await migrate(test.store, dir)).toEqual(['0001_one'])
    expect(await test.store.query('SELECT a FROM one_view')).toEqual([{ a: 7 }])
  })

  it('refuses a changed one and a store that is newer', async () => {
    await put('0001_one.sql', ONE)
    await put('0002_two.sql', TWO)
    await migrate(test.store, dir)
    await put('0002_two.sql', `${TWO} -- changed`)
    await expect(migrate(test.store, dir)).rejects.toThrow('0002_two is not the one that was applied')
    await rm(join(dir, '0002_two.sql'))
    await expect(migrate(test.store, dir)).rejects.toThrow('older than the store')
  })

  it.each([
    ['0001_a.sql', 'CREATE TABLE a (a Int8) ENGINE = Memory', 'cannot be repeated'],
    ['0001_a.sql', 'INSERT INTO a VALUES (1)', 'cannot be repeated'],
    ['0001_a.sql', 'ALTER TABLE a ADD COLUMN b Int8', 'cannot be repeated'],
    ['0001_a.sql', '/* CREATE TABLE IF NOT EXISTS */ DROP TABLE a', 'cannot be repeated'],
    ['0002_a.sql', TWO, 'expected number 1'],
    ['1_a.sql', TWO, 'is called 0001_what_it_does.sql'],
  ])('refuses %s with %s', async (name, text, message) => {
    await put(name, text)
    const run = migrate(test.store, dir)
    await expect(run).rejects.toThrow(message)
    await expect(run).rejects.toBeInstanceOf(MigrationError)
  })
})

describe('splitStatements', () => {
  it.each<[string, string[]]>([
    ['', []],
    ['-- nothing\n;;\n', []],
    ['SELECT 1;\nSELECT 2', ['SELECT 1', 'SELECT 2']],
    ["SELECT ';'; /* ; */ SELECT `a;b` -- ;\n", ["SELECT ';'", '/* ; */ SELECT `a;b` -- ;']],
  ])('splits %j', (text, statements) => {
    expect(splitStatements(text)).toEqual(statements)
  })
})

import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Store } from './client.ts'
import { sideBySide } from './side-by-side.ts'
import { nextToken } from './tokens.ts'

/**
 * Brings the store's tables to the state of the files in `dir` (`0001_facts.sql`, `0002_….sql`, …): those not yet
 * recorded in `schema_migrations` are applied in order. Forward only. A migration is recorded when all of its statements
 * have run, so one that was cut off runs again from its start: its statements must be harmless when repeated, which is
 * checked.
 *
 * @returns names of the migrations applied now
 * @throws MigrationError when a recorded file has changed or is unknown (the store is newer than this program), when
 *   numbers repeat or leave a gap, or when a statement could not be repeated
 */
export async function migrate(store: Store, dir: string): Promise<string[]> {
  const migrations = await readMigrations(dir)
  await store.command(`CREATE TABLE IF NOT EXISTS schema_migrations
    (number UInt32, name String, checksum FixedString(64), applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
    ENGINE = ReplacingMergeTree(applied_at) ORDER BY number SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`)
  const recorded = await store.query<Recorded>(
    'SELECT number, name, checksum FROM schema_migrations FINAL ORDER BY number',
  )
  checkRecorded(migrations, recorded)
  const known = new Set(recorded.map(({ number }) => number))
  const applied: string[] = []
  // An insert that is flushed takes as long as the next migration's tables. In order, so that what is recorded is the
  // beginning of the list at any time; what is not yet would be repeated.
  let recording: Promise<unknown> = Promise.resolve()
  for (const migration of migrations) {
    if (known.has(migration.number)) continue
    for (const group of sideBySide(migration.statements)) {
      const done = await Promise.allSettled(group.map((statement) => store.command(statement)))
      for (const one of done) if (one.status === 'rejected') throw one.reason
    }
    const { number, name, checksum } = migration
    recording = recording.then(() =>
      store.command(
        'INSERT INTO schema_migrations (number, name, checksum) SELECT {number:UInt32}, {name:String}, {checksum:String}',
        { number, name, checksum },
      ),
    )
    // Thrown at the end, if nothing else was before.
    recording.catch(() => undefined)
    applied.push(name)
  }
  await recording
  return applied
}

export class MigrationError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'MigrationError'
  }
}

export type Migration = {
  readonly number: number
  /** Name of the file without `.sql`. */
  readonly name: string
  /** SHA-256 of the file, in hex. */
  readonly checksum: string
  readonly statements: readonly string[]
}

type Recorded = { readonly number: number; readonly name: string; readonly checksum: string }

/** Reads and checks the files of a directory; files that do not end in `.sql` are no migrations. */
export async function readMigrations(dir: string): Promise<Migration[]> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.sql')).sort()
  const migrations: Migration[] = []
  for (const [n, file] of names.entries()) {
    const match = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(file)
    if (match === null) throw new MigrationError(`${file}: a migration is called 0001_what_it_does.sql`)
    const number = Number(match[1])
    if (number !== n + 1)
      throw new MigrationError(`${file}: expected number ${n + 1}; numbers have no gaps and no doubles`)
    const text = await readFile(join(dir, file), 'utf8')
    const statements = splitStatements(text)
    for (const statement of statements) checkRepeatable(statement, file)
    const checksum = createHash('sha256').update(text).digest('hex')
    migrations.push({ number, name: file.slice(0, -'.sql'.length), checksum, statements })
  }
  return migrations
}

/** Statements end with a semicolon; those within texts and comments do not count. */
export function splitStatements(text: string): string[] {
  const statements: string[] = []
  let from = 0
  let empty = true
  for (let token = nextToken(text, 0); token !== null; token = nextToken(text, token.end)) {
    const ends = token.kind === 'other' && text[token.start] === ';'
    if (ends && !empty) statements.push(text.slice(from, token.start).trim())
    if (ends) from = token.end
    empty = ends
  }
  return empty ? statements : [...statements, text.slice(from).trim()]
}

function checkRecorded(migrations: readonly Migration[], recorded: readonly Recorded[]): void {
  for (const { number, name, checksum } of recorded) {
    const migration = migrations[number - 1]
    if (migration === undefined) {
      throw new MigrationError(
        `the store has migration ${name}, which this program does not know: it is older than the store`,
      )
    }
    if (migration.checksum !== checksum) {
      throw new MigrationError(
        `migration ${migration.name} is not the one that was applied (as ${name}): applied migrations never change, add a new one`,
      )
    }
  }
}

/**
 * There are no transactions around DDL. What is cut off between two statements is repeated from the first, so each must
 * say what to do when its work is done already.
 */
function checkRepeatable(statement: string, file: string): void {
  const sql = oneLine(statement)
  if (REPEATABLE.some((pattern) => pattern.test(sql))) return
  throw new MigrationError(
    `${file}: cannot be repeated after a crash (IF [NOT] EXISTS or OR REPLACE is missing): ${sql.slice(0, 80)}`,
  )
}

const REPEATABLE: readonly RegExp[] = [
  /^CREATE (DATABASE|TABLE|VIEW|MATERIALIZED VIEW|DICTIONARY|FUNCTION) IF NOT EXISTS /i,
  /^CREATE OR REPLACE (TABLE|VIEW|DICTIONARY|FUNCTION) /i,
  /^DROP (DATABASE|TABLE|VIEW|DICTIONARY|FUNCTION) IF EXISTS /i,
  /^ALTER TABLE \S+ (ON CLUSTER \S+ )?(ADD (COLUMN|INDEX|PROJECTION|CONSTRAINT) IF NOT EXISTS|(DROP|CLEAR|RENAME|COMMENT|MODIFY) (COLUMN|INDEX|PROJECTION|CONSTRAINT) IF EXISTS) /i,
  /^ALTER TABLE \S+ (MODIFY|RESET) SETTING /i,
  /^ALTER TABLE \S+ (MODIFY|REMOVE) TTL/i,
]

/** The statement on one line, without comments. */
function oneLine(statement: string): string {
  let line = ''
  let end = 0
  for (let token = nextToken(statement, 0); token !== null; token = nextToken(statement, token.end)) {
    line += (token.start > end ? ' ' : '') + statement.slice(token.start, token.end)
    end = token.end
  }
  return line.trim()
}

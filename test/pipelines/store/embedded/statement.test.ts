import { describe, expect, it } from 'vitest'
import { classify, type Statement } from '../../../../pipelines/store/embedded/statement.ts'

const INTO = '<into>'

/** A statement with its result sent to INTO, or its data read from FILE, as the child will write it. */
function written(statement: Statement): string {
  switch (statement.kind) {
    case 'read':
    case 'kill':
      return `${statement.sql.slice(0, statement.out_at)}${INTO}${statement.sql.slice(statement.out_at)}`
    case 'insert_data':
      return `${statement.sql}<data>${statement.rest}|${statement.format}`
    case 'insert_input':
      return `${statement.sql.slice(0, statement.from)}<data ${statement.structure}>${statement.sql.slice(statement.to)}|${statement.format}`
    case 'invalid':
      return statement.reason
    default:
      return statement.sql
  }
}

describe('classify', () => {
  it.each<[string, Statement['kind'], string]>([
    ['SELECT 1', 'read', 'SELECT 1<into>'],
    ['select 1 format JSON', 'read', 'select 1 <into>format JSON'],
    ['SELECT 1 FORMAT JSON SETTINGS max_threads = 1', 'read', 'SELECT 1 <into>FORMAT JSON SETTINGS max_threads = 1'],
    ['SELECT 1 SETTINGS max_threads = 1 FORMAT TSV;', 'read', 'SELECT 1 SETTINGS max_threads = 1 <into>FORMAT TSV'],
    ['SELECT 1 -- FORMAT JSON\n;\n', 'read', 'SELECT 1<into>'],
    ['SELECT 1 -- the end', 'read', 'SELECT 1<into>'],
    ["SELECT 'FORMAT JSON; SELECT 2'", 'read', "SELECT 'FORMAT JSON; SELECT 2'<into>"],
    ["SELECT 'it''s \\' ; FORMAT a' FORMAT b", 'read', "SELECT 'it''s \\' ; FORMAT a' <into>FORMAT b"],
    ['SELECT $x$ ; FORMAT a $x$', 'read', 'SELECT $x$ ; FORMAT a $x$<into>'],
    ['SELECT format(`FORMAT a`, "b;")', 'read', 'SELECT format(`FORMAT a`, "b;")<into>'],
    ['/* c */ WITH 1 AS x SELECT x', 'read', '/* c */ WITH 1 AS x SELECT x<into>'],
    ['(SELECT 1) UNION ALL (SELECT 2 FORMAT x)', 'read', '(SELECT 1) UNION ALL (SELECT 2 FORMAT x)<into>'],
    ['SHOW TABLES', 'read', 'SHOW TABLES<into>'],
    ['CREATE TABLE t (a Int8) ENGINE = Memory;', 'other', 'CREATE TABLE t (a Int8) ENGINE = Memory'],
    ["KILL QUERY WHERE query_id = 'x' ASYNC", 'kill', "KILL QUERY WHERE query_id = 'x' ASYNC<into>"],
    ['INSERT INTO t SELECT 1', 'insert', 'INSERT INTO t SELECT 1'],
    ['INSERT INTO t (format) SELECT format FROM u', 'insert', 'INSERT INTO t (format) SELECT format FROM u'],
    ['INSERT INTO t FORMAT Native', 'insert_data', 'INSERT INTO t <data>|Native'],
    [
      'INSERT INTO t (a, b) SETTINGS x = 1 FORMAT CSV 1,2',
      'insert_data',
      'INSERT INTO t (a, b) <data>SETTINGS x = 1 |CSV',
    ],
    ["INSERT INTO t VALUES (1, ';')", 'insert_data', 'INSERT INTO t <data>|Values'],
    [
      "INSERT /* w */ INTO t (a) SELECT a + 1 FROM input('a Int8, b Array(String)') WHERE (SELECT max(g) FROM x) = 3 FORMAT Native",
      'insert_input',
      "INSERT /* w */ INTO t (a) SELECT a + 1 FROM <data 'a Int8, b Array(String)'> WHERE (SELECT max(g) FROM x) = 3 |Native",
    ],
    ['SELECT 1; SELECT 2', 'invalid', 'Syntax error (Multi-statements are not allowed)'],
    ['DROP TABLE a; DROP TABLE b', 'invalid', 'Syntax error (Multi-statements are not allowed)'],
    ["SELECT 1 INTO OUTFILE 'x' FORMAT CSV", 'invalid', 'INTO OUTFILE is not allowed over HTTP'],
    ["INSERT INTO t FROM INFILE 'x' FORMAT CSV", 'invalid', 'FROM INFILE is not allowed over HTTP'],
    ['', 'other', ''],
  ])('%s', (sql, kind, text) => {
    const statement = classify(sql)
    expect(statement.kind).toBe(kind)
    expect(written(statement).trim()).toBe(text.trim())
  })

  it.each([
    ['INSERT INTO t FORMAT CSV 1,2', '1,2'],
    ['INSERT INTO t FORMAT CSV\n 1,2\n', ' 1,2\n'],
    ['INSERT INTO t FORMAT CSV \r\n\n1', '\n1'],
    ['INSERT INTO t FORMAT CSV', ''],
  ])('finds the inline data of %j', (sql, data) => {
    const statement = classify(sql)
    expect(statement.kind === 'insert_data' && sql.slice(statement.data_at)).toBe(data)
  })
})

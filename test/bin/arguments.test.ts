import { describe, expect, test } from 'vitest'
import { parseArguments, splitCommand } from '../../bin/arguments.ts'
import { UsageError } from '../../bin/usage-error.ts'

const SETTINGS = { home: { value: 'DIR', help: '' }, port: { value: 'PORT', help: '' } }
const ROW = {
  name: 'import',
  args: { min: 1, max: 2 },
  options: {
    tenant: { value: 'T', help: '' },
    only: { value: 'X', many: true, help: '' },
    quiet: { help: '' },
  },
}

const parse = (words: string, row: Parameters<typeof parseArguments>[0] = ROW) =>
  parseArguments(row, words.split(' ').filter(Boolean), SETTINGS)

function problemsOf(act: () => unknown): readonly string[] {
  try {
    act()
  } catch (error) {
    if (error instanceof UsageError) return error.problems
    throw error
  }
  return []
}

describe('splitCommand', () => {
  test.each([
    ['import a.csv --tenant t', 'import', 'a.csv --tenant t'],
    ['--port 1 import a.csv', 'import', '--port 1 a.csv'],
    ['--port=1 import', 'import', '--port=1'],
    ['--version', null, '--version'],
    ['', null, ''],
  ])('%j', (words, name, rest) => {
    const argv = words.split(' ').filter(Boolean)
    expect(splitCommand(argv, SETTINGS)).toEqual({ name, rest: rest.split(' ').filter(Boolean) })
  })
})

describe('parseArguments', () => {
  test('flags, settings and arguments in any order', () => {
    expect(parse('a.csv --tenant demo --port=1 --quiet b.csv --only x --only y --home /h')).toEqual({
      args: ['a.csv', 'b.csv'],
      flags: { tenant: 'demo', quiet: true, only: ['x', 'y'] },
      settings: { port: '1', home: '/h' },
      help: false,
    })
  })

  test('the last of a repeated flag wins', () => {
    expect(parse('a --tenant one --tenant two').flags).toEqual({ tenant: 'two' })
  })

  test('behind -- everything is an argument', () => {
    expect(parse('-- --tenant').args).toEqual(['--tenant'])
  })

  test('a negative number is a value', () => {
    expect(parse('a --tenant -5').flags).toEqual({ tenant: '-5' })
  })

  test.each(['--help', '-h'])('%s asks for help and excuses missing arguments', (flag) => {
    expect(parse(flag).help).toBe(true)
  })

  test.each<[string, readonly string[]]>([
    ['', ['an argument is missing']],
    ['a b c', ['unexpected argument "c"']],
    ['a --tenat x', ['unknown flag --tenat; did you mean --tenant?']],
    ['a --tenant', ['--tenant needs a value (T)']],
    ['a --quiet=yes', ['--quiet takes no value']],
    ['a --tenant --quiet', ['--tenant needs a value (T); to give "--quiet", write --tenant=--quiet']],
    ['a --constructor', ['unknown flag --constructor']],
    ['--oops --tenant', ['unknown flag --oops', '--tenant needs a value (T)', 'an argument is missing']],
  ])('%j is refused', (words, problems) => {
    expect(problemsOf(() => parse(words))).toEqual(problems)
  })

  test.each<[string, readonly string[]]>([
    ['', ['one of ingest, query is needed']],
    ['qeury', ['"qeury" is not one of ingest, query; did you mean query?']],
    ['query', []],
  ])('a first argument out of a list: %j', (words, problems) => {
    const row = { name: 'run', args: { min: 1, max: 1, first: ['ingest', 'query'] }, options: {} }
    expect(problemsOf(() => parse(words, row))).toEqual(problems)
  })
})

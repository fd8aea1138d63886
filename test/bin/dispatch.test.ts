import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import type { CommandContext, CommandRow } from '../../bin/command.ts'
import { COMMANDS } from '../../bin/commands.ts'
import { SETTING_OPTIONS } from '../../bin/config.ts'
import { dispatch } from '../../bin/dispatch.ts'
import { UsageError } from '../../bin/usage-error.ts'

type Run = (context: CommandContext) => Promise<number>

async function call(words: string, run: Run = async () => 0, env: Record<string, string> = {}) {
  const row: CommandRow = {
    name: 'import',
    summary: 'read files',
    usage: ['FILE… --tenant T', 'FILE… --resume'],
    args: { min: 0, max: 9 },
    options: { tenant: { value: 'T', help: 'Whose they are.' } },
    load: async () => ({ run }),
  }
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const code = await dispatch([row], words.split(' ').filter(Boolean), {
    stdin: new PassThrough(),
    stdout,
    stderr,
    env,
    cwd: '/here',
    projectDir: '/code',
    isNewHome: () => false,
    signal: new AbortController().signal,
    version: '1.2.3',
  })
  const textOf = (stream: PassThrough) => String(stream.read() ?? '')
  return { code, out: textOf(stdout), err: textOf(stderr) }
}

test('a command gets its arguments, flags and configuration, and its exit code counts', async () => {
  let seen: CommandContext | undefined
  const run: Run = async (context) => {
    seen = context
    context.stdout.write('42\n')
    return 1
  }
  expect(await call('--home h import a.csv --tenant demo --port 7', run)).toEqual({ code: 1, out: '42\n', err: '' })
  expect(seen).toMatchObject({ args: ['a.csv'], flags: { tenant: 'demo' }, config: { home: '/here/h', port: 7 } })
})

test('--help and --version answer on stdout, without a valid configuration', async () => {
  const bad = { OMNIFY_PORT: 'x' }
  const overview = await call('--help', undefined, bad)
  expect(overview).toMatchObject({ code: 0, err: '' })
  expect(overview.out).toMatch(/^ {2}import {2}read files$/m)
  for (const words of ['import --help', 'import a.csv -h', 'help import', '--home h import --help']) {
    const { code, out, err } = await call(words, undefined, bad)
    expect({ words, code, err }).toEqual({ words, code: 0, err: '' })
    expect(out).toContain('omnify import FILE… --resume\n')
    expect(out).toContain('--tenant T  Whose they are.\n')
    expect(out).toContain('--clickhouse-port PORT')
  }
  expect(await call('--version', undefined, bad)).toEqual({ code: 0, out: '1.2.3\n', err: '' })
  expect((await call('help')).code).toBe(2)
})

test('wrong use: exit code 2, nothing on stdout', async () => {
  const cases: [string, string][] = [
    ['', 'Usage'],
    ['imprt', 'omnify: unknown command imprt; did you mean import?'],
    ['--verbose', 'omnify: unknown flag or command --verbose'],
    ['help imprt', 'omnify: unknown flag or command imprt'],
    ['import --tenat x', 'omnify import: unknown flag --tenat; did you mean --tenant?'],
    ['import --port x', 'omnify import: --port must be a port number, 0 to 65535, is "x"'],
  ]
  for (const [words, text] of cases) {
    const { code, out, err } = await call(words)
    expect({ words, code, out }).toEqual({ words, code: 2, out: '' })
    expect(err).toContain(text)
  }
})

test('a command may find the use wrong itself', async () => {
  const { code, err } = await call('import', async () => {
    throw new UsageError(['--tenant is needed', '--mapping is needed'])
  })
  expect(code).toBe(2)
  expect(err).toBe(
    'omnify import: --tenant is needed\nomnify import: --mapping is needed\nomnify import: see omnify import --help\n',
  )
})

test('anything else that is thrown: exit code 1, with its causes', async () => {
  const { code, out, err } = await call('import', async () => {
    throw new Error('reading failed', { cause: new Error('no such file') })
  })
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toBe('omnify import: reading failed\nomnify import: caused by no such file\n')
})

test('an unknown setting stops every command', async () => {
  const { code, err } = await call('import', undefined, { OMNIFY_HOEM: '/x' })
  expect(code).toBe(2)
  expect(err).toContain('unknown setting OMNIFY_HOEM; did you mean OMNIFY_HOME?')
})

test('the real table: names are unique, no flag hides a setting, every file loads', async () => {
  const names = COMMANDS.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const { name, options, usage, load } of COMMANDS) {
    const taken = Object.keys(options).filter((flag) => Object.hasOwn(SETTING_OPTIONS, flag) || flag === 'help')
    expect({ name, taken }).toEqual({ name, taken: [] })
    expect(usage.length).toBeGreaterThan(0)
    expect(await load()).toHaveProperty('run', expect.any(Function))
  }
})

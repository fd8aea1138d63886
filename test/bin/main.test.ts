import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PINNED_NODE, PROJECT, start, strangersEnv } from './support/projects.ts'

const MAIN = join(PROJECT, 'bin/main.ts')
const main = (...args: string[]) => start(PINNED_NODE, [MAIN, ...args], { cwd: tmpdir() }).ended

test('results on stdout, everything else on stderr, exit codes 0 and 2', async () => {
  const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'))
  expect(await main('--version')).toEqual({ code: 0, signal: null, out: `${version}\n`, err: '' })
  expect(await main('--help')).toMatchObject({ code: 0, err: '' })
  expect(await main('upp')).toMatchObject({ code: 2, out: '' })
})

test('the environment is read', async () => {
  const env = strangersEnv({ OMNIFY_HOEM: '/x' })
  const { code, err } = await start(PINNED_NODE, [MAIN, 'docs', '--check'], { cwd: tmpdir(), env }).ended
  expect(code).toBe(2)
  expect(err).toContain('unknown setting OMNIFY_HOEM; did you mean OMNIFY_HOME?')
})

test('a reader that has left: exit code 1 and no stack', async () => {
  const script = `'${PINNED_NODE}' '${MAIN}' --help | true; echo "\${PIPESTATUS[0]}"`
  expect(await start('bash', ['-c', script], { cwd: tmpdir() }).ended).toMatchObject({ out: '1\n', err: '' })
})

// Every write to /dev/full fails as one to a disk that is full does.
test.each([
  ['--help >/dev/full', 1, 'omnify: the output cannot be written: ENOSPC: no space left on device, write\n'],
  ['--help >/dev/full 2>&1', 1, ''],
  ['upp 2>/dev/full', 2, ''],
])('an output that takes nothing more (%s): exit code %i and no stack', async (words, code, err) => {
  const ended = await start('bash', ['-c', `'${PINNED_NODE}' '${MAIN}' ${words}`], { cwd: tmpdir() }).ended
  expect(ended).toMatchObject({ code, err })
})

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PROJECT, start, strangersEnv, strangersNode } from './support/projects.ts'

let scratch: string
let clone: string
let env: Record<string, string>

beforeAll(() => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), 'omnify-clone-')))
  clone = join(scratch, 'a clone')
  // From npm's cache, which the install of this very project has filled.
  env = strangersEnv({ npm_config_prefer_offline: 'true' })
  for (const path of trackedFiles()) {
    mkdirSync(dirname(join(clone, path)), { recursive: true })
    cpSync(join(PROJECT, path), join(clone, path))
  }
  // This project's own configuration starts a Kafka broker; one test of pure code needs none.
  writeFileSync(join(clone, 'vitest.config.ts'), `export default { test: { include: ['test/**/*.test.ts'] } }\n`)
})
afterAll(() => rmSync(scratch, { recursive: true }))

/** With the edits of the work tree. Without git (an unpacked archive), everything but what is made here. */
function trackedFiles(): string[] {
  if (existsSync(join(PROJECT, '.git'))) {
    const list = execFileSync('git', ['ls-files', '-z'], { cwd: PROJECT, encoding: 'utf8', maxBuffer: 64 * 2 ** 20 })
    return list.split('\0').filter((path) => path !== '' && existsSync(join(PROJECT, path)))
  }
  const made = ['node_modules', '.omnify', '.cache', 'coverage']
  return execFileSync('find', ['.', '-type', 'f'], { cwd: PROJECT, encoding: 'utf8', maxBuffer: 64 * 2 ** 20 })
    .split('\n')
    .map((path) => path.slice(2))
    .filter((path) => path !== '' && !made.some((folder) => path.startsWith(`${folder}/`)))
}

test('npm test, typed alone in a fresh clone, installs and runs', { timeout: 240_000 }, async () => {
  const { code, out, err } = await start('npm', ['test', '--', 'test/bin/suggest.test.ts'], { cwd: clone, env }).ended
  expect(err).toContain('omnify: nothing is installed yet: running npm ci')
  expect(err).toMatch(/^omnify: \d+ of \d+ packages after \d+ s$/m)
  expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' })
  expect(out.trimEnd().split('\n').at(-1)).toMatch(/^[1-9]\d* passed, 0 failed$/)
})

test('the command then runs silently, from any folder, on whatever Node it is given', async () => {
  const { code, out, err } = await start(strangersNode(scratch), [join(clone, 'bin/omnify.js'), '--help'], {
    cwd: scratch,
    env,
  }).ended
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain('omnify COMMAND')
})

test('npm run --silent omnify adds nothing to stdout', async () => {
  const { code, out, err } = await start('npm', ['run', '--silent', 'omnify', '--', '--version'], { cwd: clone, env })
    .ended
  expect({ code, out, err }).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), err: '' })
})

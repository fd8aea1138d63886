import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PROJECT, start, strangersEnv } from './support/projects.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omnify-ci-'))
  mkdirSync(join(folder, '.ci'))
  copyFileSync(join(PROJECT, '.ci/run'), join(folder, '.ci/run'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Runs .ci/run with an npm that does what the test says. */
async function ci(does: { test: string; typecheck?: string; lint?: string }) {
  const { test: tests, typecheck = 'true', lint = 'true' } = does
  const npm = join(folder, 'npm')
  writeFileSync(
    npm,
    `#!/bin/sh\ncase "$*" in\ntest) ${tests};;\n*typecheck) ${typecheck};;\n*lint) ${lint};;\n*) exit 99;;\nesac\n`,
  )
  chmodSync(npm, 0o755)
  const env = strangersEnv({ PATH: `${folder}${delimiter}${strangersEnv().PATH}` })
  const { code, out } = await start('bash', ['.ci/run'], { cwd: folder, env }).ended
  return { code, closing: out.trimEnd().split('\n').at(-1) }
}

test.each([
  [{ test: 'echo "7 passed, 0 failed"' }, 0, '9 passed, 0 failed'],
  [{ test: 'echo "7 passed, 0 failed, 2 skipped"' }, 0, '9 passed, 0 failed, 2 skipped'],
  [{ test: 'echo "6 passed, 1 failed"; exit 1' }, 1, '8 passed, 1 failed'],
  [{ test: 'echo "7 passed, 0 failed"; exit 1' }, 1, '9 passed, 1 failed'],
  [{ test: 'echo "1 passed, 5 failed of an inner run"; exit 1' }, 1, '2 passed, 1 failed'],
  [{ test: 'kill -9 $$' }, 1, '2 passed, 1 failed'],
  [{ test: 'true' }, 1, '2 passed, 1 failed'],
  [{ test: 'echo "7 passed, 0 failed"', typecheck: 'exit 2' }, 1, '8 passed, 1 failed'],
  [{ test: 'echo "7 passed, 0 failed"', lint: 'exit 1' }, 1, '8 passed, 1 failed'],
])('%j', async (does, code, closing) => {
  expect(await ci(does)).toEqual({ code, closing })
})

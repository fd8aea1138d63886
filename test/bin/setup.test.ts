import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { PINNED_NODE, PROJECT, smallProject, start, strangersEnv, strangersNode } from './support/projects.ts'

/** What the small project runs in the place of Omnify. */
const SCRIPT = `
import { followLauncher } from './follow-launcher.ts'
followLauncher(process)
const [what, ...rest] = process.argv.slice(2)
if (what === 'show') {
  let stdin = ''
  for await (const chunk of process.stdin) stdin += chunk
  console.log(JSON.stringify({ rest, cwd: process.cwd(), node: process.version, stdin }))
} else if (what === 'exit') {
  process.exitCode = Number(rest[0])
} else if (what === 'die') {
  process.kill(process.pid, rest[0])
  setTimeout(() => {}, 60_000)
} else {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(signal.length))
  console.log(process.pid)
  setInterval(() => {}, 60_000)
}
`

let scratch: string
let node: string
let project: string

beforeAll(() => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), 'omnify-scratch-')))
  node = strangersNode(scratch)
})
afterAll(() => rmSync(scratch, { recursive: true }))

const omnify = (
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; stdin?: string } = {},
) => start(node, [join(project, 'bin/omnify.js'), ...args], { cwd: scratch, ...options })

const make = () => {
  project = smallProject(SCRIPT)
}
const remove = () => rmSync(project, { recursive: true })

function installByHand() {
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: project, env: strangersEnv() })
}

describe('what needs Node', () => {
  test.each([
    ['18.20.8', false],
    ['20.18.3', false],
    ['20.19.0', true],
    ['22.0.0', true],
    ['24.21.0', true],
  ])('%s: %s', async (version, enough) => {
    const { isNodeRecentEnough } = await import(join(PROJECT, 'bin/setup.js'))
    expect(isNodeRecentEnough(version)).toBe(enough)
  })
})

describe('the first start', () => {
  beforeEach(make)
  afterEach(remove)

  test('installs, says so on stderr, and runs the script on the pinned Node from any folder', async () => {
    const { code, out, err } = await omnify(['show', 'a b', '--port', '1'], { stdin: 'hello' }).ended
    expect(err).toMatch(/^omnify: nothing is installed yet: running npm ci/)
    expect(err).toMatch(/omnify: installed in \d+ s\n$/)
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual({
      rest: ['a b', '--port', '1'],
      cwd: scratch,
      node: execFileSync(PINNED_NODE, ['--version'], { encoding: 'utf8' }).trim(),
      stdin: 'hello',
    })
  })

  test('two at once install once', async () => {
    const both = await Promise.all([omnify(['exit', '0']).ended, omnify(['exit', '0']).ended])
    expect(both.map(({ code }) => code)).toEqual([0, 0])
    const said = both.map(({ err }) => err).join('')
    expect(said.match(/running npm ci/g)).toHaveLength(1)
    expect(said.match(/another start is installing/g)).toHaveLength(1)
    expect(existsSync(join(project, '.cache/install.lock'))).toBe(false)
  })

  test('without npm: a clear error', async () => {
    const { code, out, err } = await omnify(['exit', '0'], { env: strangersEnv({ PATH: scratch }) }).ended
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain('omnify: npm was not found')
    expect(existsSync(join(project, '.cache/install.lock'))).toBe(false)
  })

  test('when npm fails: its words, ours, and no half install taken for a whole one', async () => {
    writeFileSync(join(project, 'package-lock.json'), '{"lockfileVersion": 3, "packages": {"": {}}}')
    for (const _ of ['once', 'again']) {
      const { code, out, err } = await omnify(['exit', '0']).ended
      expect({ code, out }).toEqual({ code: 1, out: '' })
      expect(err).toContain('npm error')
      expect(err).toContain('omnify: npm ci failed (exit code 1)')
    }
  })

  /** A start whose npm is a script that goes on for a minute after it has done this. */
  function slowStart(first: string) {
    const slow = join(scratch, 'slow')
    mkdirSync(slow, { recursive: true })
    writeFileSync(join(slow, 'npm'), `#!/bin/sh\n${first}\nexec sleep 60\n`, { mode: 0o755 })
    const env = strangersEnv()
    return omnify(['exit', '0'], { env: { ...env, PATH: `${slow}:${env.PATH}` } })
  }

  test('interrupted: npm is told, the lock is given back, the next start installs', async () => {
    const running = slowStart('echo npm runs >&2')
    await vi.waitFor(() => expect(running.err()).toContain('npm runs'), 60_000)
    running.process.kill('SIGTERM')
    const { code, err } = await running.ended
    expect(code).toBe(143)
    expect(err).toContain('omnify: interrupted by SIGTERM')
    expect(existsSync(join(project, '.cache/install.lock'))).toBe(false)
    expect(await omnify(['exit', '0']).ended).toMatchObject({ code: 0 })
  })

  test('interrupted in the first moment of npm: the same', async () => {
    const { code, err } = await slowStart('kill -TERM $PPID').ended
    expect([code, err]).toEqual([143, expect.stringContaining('omnify: interrupted by SIGTERM')])
    expect(existsSync(join(project, '.cache/install.lock'))).toBe(false)
  })

  test('a lock whose owner is gone is taken over', async () => {
    const gone = await omnify(['exit', '0'], { env: strangersEnv({ PATH: scratch }) }).process.pid
    await vi.waitFor(() => expect(() => process.kill(gone!, 0)).toThrow(), 60_000)
    mkdirSync(join(project, '.cache'), { recursive: true })
    const host = execFileSync('hostname', { encoding: 'utf8' }).trim()
    writeFileSync(join(project, '.cache/install.lock'), JSON.stringify({ token: 'x', host, pids: [gone] }))
    expect(await omnify(['exit', '0']).ended).toMatchObject({ code: 0 })
  })

  test('so is one that nobody touched for long, whatever its process id means by now', async () => {
    const lock = join(project, '.cache/install.lock')
    mkdirSync(join(project, '.cache'))
    writeFileSync(lock, JSON.stringify({ token: 'x', host: 'elsewhere', pids: [process.pid] }))
    const waiting = omnify(['exit', '0'])
    await vi.waitFor(() => expect(waiting.err()).toContain('another start is installing'), 60_000)
    const long_ago = new Date(statSync(lock).mtimeMs - 11 * 60_000)
    utimesSync(lock, long_ago, long_ago)
    expect(await waiting.ended).toMatchObject({ code: 0 })
  })
})

describe('a later start', () => {
  beforeEach(() => {
    make()
    installByHand()
  })
  afterEach(remove)

  test('says nothing, though npm was run by hand', async () => {
    expect(await omnify(['exit', '0']).ended).toEqual({ code: 0, signal: null, out: '', err: '' })
    expect(readFileSync(join(project, 'node_modules/.omnify-lock'), 'utf8')).toMatch(/^[0-9a-f]{64}$/)
    expect(await omnify(['exit', '0']).ended).toEqual({ code: 0, signal: null, out: '', err: '' })
  })

  test('installs again when the lock file says otherwise, or the pinned Node is gone', async () => {
    const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'))
    const pinned = JSON.parse(readFileSync(join(project, 'pinned/package.json'), 'utf8'))
    lock.packages.pinned.version = '1.0.1'
    writeFileSync(join(project, 'package-lock.json'), JSON.stringify(lock))
    writeFileSync(join(project, 'pinned/package.json'), JSON.stringify({ ...pinned, version: '1.0.1' }))
    const changed = await omnify(['exit', '0']).ended
    expect(changed.code).toBe(0)
    expect(changed.err).toContain('omnify: pinned is 1.0.0, the lock file says 1.0.1: running npm ci')

    rmSync(join(project, 'node_modules/node'), { recursive: true })
    const gone = await omnify(['exit', '0']).ended
    expect(gone.code).toBe(0)
    expect(gone.err).toContain('omnify: the pinned Node is missing: running npm ci')
  })
})

describe('the launcher', () => {
  beforeAll(() => {
    make()
    installByHand()
  })
  afterAll(remove)

  test.each([0, 1, 2, 77])('exit code %i is passed on', async (exit) => {
    expect(await omnify(['exit', String(exit)]).ended).toMatchObject({ code: exit, signal: null })
  })

  test.each(['SIGTERM', 'SIGKILL', 'SIGABRT'])('an end by %s is an end by the same signal', async (signal) => {
    expect(await omnify(['die', signal]).ended).toMatchObject({ code: null, signal })
  })

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s reaches the script', async (signal) => {
    const running = omnify(['wait'])
    await vi.waitFor(() => expect(running.out()).not.toBe(''), 60_000)
    running.process.kill(signal)
    expect(await running.ended).toMatchObject({ code: signal.length, signal: null })
  })

  test('kill -9 of the launcher ends the script too', async () => {
    const running = omnify(['wait'])
    await vi.waitFor(() => expect(running.out()).not.toBe(''), 60_000)
    expect(Number(running.out())).not.toBe(running.process.pid)
    running.process.kill('SIGKILL')
    // Ends when the last holder of its stdout has: the script.
    expect(await running.ended).toMatchObject({ signal: 'SIGKILL' })
  })

  test('on the pinned Node already, no second process', async () => {
    const running = start(PINNED_NODE, [join(project, 'bin/omnify.js'), 'wait'], { cwd: scratch })
    await vi.waitFor(() => expect(running.out()).not.toBe(''), 60_000)
    expect(Number(running.out())).toBe(running.process.pid)
    running.process.kill('SIGTERM')
    expect((await running.ended).code).toBe('SIGTERM'.length)
  })
})

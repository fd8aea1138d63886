import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Flags } from '../../../bin/command.ts'
import { run } from '../../../bin/commands/world.ts'
import { readConfig } from '../../../bin/config.ts'
import { UsageError } from '../../../bin/usage-error.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omnify-world-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function world(args: readonly string[], flags: Flags, env: Record<string, string> = {}) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const config = readConfig({ env, cwd: folder, projectDir: folder, isNewHome: () => true })
  const code = await run({ config, args, flags, stdin, stdout, stderr, env, signal: new AbortController().signal })
  return { code, out: String(stdout.read() ?? '') }
}

test('writes the events in delivery order, and their truth; twice the same', async () => {
  const files = []
  for (const name of ['a', 'b']) {
    const out = join(folder, name)
    const { code, out: text } = await world([], { seed: '5', days: '3', out })
    expect(code).toBe(0)
    const events = readFileSync(join(out, 'events.ndjson'), 'utf8')
    const truth = readFileSync(join(out, 'truth.ndjson'), 'utf8')
    expect(JSON.parse(text)).toEqual({ events: events.match(/\n/g)!.length, truth: truth.match(/\n/g)!.length, out })
    files.push({ events, truth })
  }
  expect(files[0]).toEqual(files[1])
  const line = JSON.parse(files[0]!.truth.split('\n')[0]!)
  expect(Object.keys(line).slice(0, 10).join()).toBe(
    'day,platform,campaign,creative,impressions,clicks,conversions,spend_micros,orders,revenue_micros',
  )
  expect(Object.keys(JSON.parse(files[0]!.events.split('\n')[0]!))).toContain('occurred_at')
})

test.each<[string[], Flags, RegExp]>([
  [[], { days: '3', out: 'x' }, /--seed is needed/],
  [[], { seed: '1', days: '0', out: 'x' }, /--days must be a whole number/],
  [['injcet'], { seed: '1', days: '1', out: 'x' }, /unexpected argument/],
  [['inject'], { size: '1', hours: '1' }, /what to inject is missing/],
  [['inject', 'fraud'], { size: 'much', hours: '1' }, /--size must be a number/],
  [['inject', 'fraud'], { size: '1', hours: '1', scope: ['tiktok'] }, /--scope must be like/],
])('wrong use: %j %j', async (args, flags, reason) => {
  await expect(world(args, flags)).rejects.toThrow(UsageError)
  await expect(world(args, flags)).rejects.toThrow(reason)
})

test('injects through the engine, with the demo key', async () => {
  writeFileSync(join(folder, 'key'), 'secret\n')
  const seen: unknown[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      seen.push({ path: request.url, authorization: request.headers.authorization, body: JSON.parse(body) })
      response.statusCode = seen.length === 1 ? 200 : 400
      response.end('{"answer":1}')
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const env = { OMNIFY_HOME: folder, OMNIFY_PORT: String((server.address() as AddressInfo).port) }
  const flags = { scope: ['platform=tiktok,campaign=tiktok-hero', 'country=US'], size: '0.5', hours: '6' }
  try {
    expect(await world(['inject', 'fraud'], flags, env)).toEqual({ code: 0, out: '{"answer":1}\n' })
    const scope = { platform: 'tiktok', campaign: 'tiktok-hero', country: 'US' }
    expect(seen).toEqual([
      {
        path: '/v1/world/inject',
        authorization: 'Bearer secret',
        body: { kind: 'fraud', scope, size: 0.5, hours: 6 },
      },
    ])
    await expect(world(['inject', 'fraud'], flags, env)).rejects.toThrow(/refused \(400\): \{"answer":1\}/)
  } finally {
    await new Promise((done) => server.close(done))
  }
  await expect(world(['inject', 'fraud'], flags, env)).rejects.toThrow(/no engine answers/)
})

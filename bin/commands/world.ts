import { createWriteStream } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createWorld } from '../../ingest/world/world.ts'
import type { CommandContext } from '../command.ts'
import { runningEngine } from '../engine/running.ts'
import { integer, requiredText, texts } from '../flags.ts'
import { UsageError } from '../usage-error.ts'

const DAYS_MAX = 3650

/**
 * `omnify world --seed S --days N --out DIR` writes a world's events, in the order of their delivery, and its truth;
 * `omnify world inject KIND --scope … --size … --hours …` puts a cause into the world of a running engine.
 */
export async function run(context: CommandContext): Promise<number> {
  return context.args[0] === 'inject' ? injectInto(context) : write(context)
}

/** Everything that begins in the N days before 2026, with its restatements and refunds to the last one. */
async function write({ args, flags, stdout, stderr, signal }: CommandContext): Promise<number> {
  if (args.length > 0) throw new UsageError(`unexpected argument "${args[0]}"; only "inject" may stand there`)
  const seed = requiredText(flags, 'seed')
  const days = integer(flags, 'days', { min: 1, max: DAYS_MAX })
  const out = requiredText(flags, 'out')
  const world = createWorld(/^\d+$/.test(seed) ? Number(seed) : seed, days === undefined ? {} : { days })
  await mkdir(out, { recursive: true })
  let events = 0
  const lines = function* () {
    for (const batch of world.closed()) {
      events += batch.length
      yield batch.map((event) => `${JSON.stringify(event)}\n`).join('')
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(join(out, 'events.ndjson')), { signal })
  stderr.write(`${events} events written; now their truth\n`)
  const truth = world.truth()
  const text = truth.map((line) => `${JSON.stringify(line)}\n`)
  await pipeline(Readable.from(text), createWriteStream(join(out, 'truth.ndjson')), { signal })
  stdout.write(`${JSON.stringify({ events, truth: truth.length, out })}\n`)
  return 0
}

async function injectInto({ args, flags, config, stdout, signal }: CommandContext): Promise<number> {
  const [, kind] = args
  if (kind === undefined) throw new UsageError('what to inject is missing: omnify world inject KIND')
  const body = {
    kind,
    scope: scopeOf(texts(flags, 'scope')),
    size: number(flags, 'size'),
    hours: number(flags, 'hours'),
  }
  // The engine of this home has left its address there: its port may be a free one that the system chose.
  const engine = await runningEngine(config.home)
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  const url = `${engine?.url ?? `http://${host}:${config.port}`}/v1/world/inject`
  const keyFile = join(config.home, 'key')
  const key = await readFile(keyFile, 'utf8').catch((cause: unknown) => {
    throw new Error(`no demo key at ${keyFile}: OMNIFY_HOME must be that of the running engine`, { cause })
  })
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.trim()}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  }).catch((cause: unknown) => {
    throw new Error(`no engine answers at ${url}: is it running with a world?`, { cause })
  })
  const answer = await response.text()
  if (!response.ok) throw new Error(`the engine refused (${response.status}): ${answer}`)
  stdout.write(`${answer.trim()}\n`)
  return 0
}

/** `platform=tiktok,campaign=x`, given once or several times. */
function scopeOf(given: readonly string[]): Record<string, string> {
  const scope: Record<string, string> = {}
  for (const part of given.flatMap((text) => text.split(','))) {
    const at = part.indexOf('=')
    if (at < 1 || at === part.length - 1) throw new UsageError(`--scope must be like platform=tiktok, is "${part}"`)
    scope[part.slice(0, at)] = part.slice(at + 1)
  }
  return scope
}

function number(flags: CommandContext['flags'], name: string): number {
  const text = requiredText(flags, name)
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new UsageError(`--${name} must be a number, is "${text}"`)
  return value
}

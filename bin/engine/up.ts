import { flushCompileCache } from 'node:module'
import { join, relative } from 'node:path'
import { systemClock } from '../../pipelines/clock.ts'
import { DEMO } from '../../pipelines/tenants/open.ts'
import { TOPICS } from '../../schemas/topics.ts'
import type { CommandContext } from '../command.ts'
import { startBi } from './bi.ts'
import { ALL_ROLES, announce, type Engine, type Role, startEngine } from './engine.ts'
import { worldOf } from './home.ts'
import { startHttp } from './http.ts'
import { stderrLogger } from './logger.ts'
import { makePlaces } from './places.ts'
import { progressBar } from './progress-bar.ts'
import { stopWithin } from './stop-within.ts'
import { makeTelemetry } from './telemetry.ts'
import { openWorldFeed, type WorldFeed } from './world.ts'

/** Starts the roles of this process, feeds its world if it has one, says what it serves, and runs until the signal. */
export async function up(context: CommandContext, roles: readonly Role[] = ALL_ROLES): Promise<number> {
  const { config, signal, stderr, stdout } = context
  const logger = stderrLogger(stderr, { info: false })
  const began = performance.now()
  stderr.write('starting the log, the store and the pipelines …\n')
  const telemetry = makeTelemetry()
  const engine = await startEngine(config, logger, roles, { onBatch: (batch) => telemetry.batch(batch) })
  const stopLive = new AbortController()
  let close: (() => Promise<void>) | undefined
  let live: Promise<void> = Promise.resolve()
  try {
    const feed = roles === ALL_ROLES ? await worldFeedOf(engine, logger) : undefined
    let loading = feed !== undefined
    const starting = () => (loading ? ['the history of the world is being loaded'] : [])
    const places = makePlaces(config)
    const http = await startHttp(engine, { roles, feed, logger, telemetry, starting, places })
    const forget = await announce(config.home, roles, http.address)
    close = async () => {
      await forget()
      await http.close()
    }
    const bi = roles.includes('query') ? await startBi(engine, places, logger) : undefined
    close = async () => {
      await forget()
      await bi?.close()
      await http.close()
    }
    if (feed !== undefined) await Promise.race([loadHistory(engine, feed, stderr, signal), engine.ended])
    loading = false
    if (!signal.aborted)
      stdout.write(welcome(engine, http.url, bi?.url, roles, feed !== undefined, (performance.now() - began) / 1000))
    // A process that is killed leaves no cache behind: bin/setup/launch.js.
    flushCompileCache()
    if (feed !== undefined && !signal.aborted) live = feed.live(stopLive.signal)
    await Promise.race([untilAborted(signal), engine.ended, live.then(() => untilAborted(signal))])
    return 0
  } finally {
    stderr.write('stopping …\n')
    stopLive.abort()
    const stop = async () => {
      // Its failure has ended the race above already.
      await live.catch(() => undefined)
      await close?.()
      await engine.stop()
    }
    await stopWithin(stop, STOP_MS, () =>
      stderr.write(
        `not stopped after ${STOP_MS / 1000} s: what is under way is abandoned, and done at the next start\n`,
      ),
    )
  }
}

async function worldFeedOf(engine: Engine, logger: ReturnType<typeof stderrLogger>): Promise<WorldFeed | undefined> {
  const { config, feeder, tenants } = engine
  const name = await worldOf(config)
  const demo = await tenants.get(DEMO.name)
  if (name === 'off') return undefined
  if (demo === undefined)
    throw new Error('the world needs the tenant demo: omnify tenants add demo --currency USD --zone UTC')
  return openWorldFeed(config.home, name, demo, feeder, systemClock, logger)
}

/** Feeds the world's history and waits until all of it can be queried. */
async function loadHistory(
  engine: Engine,
  feed: WorldFeed,
  stderr: NodeJS.WritableStream,
  signal: AbortSignal,
): Promise<void> {
  const bar = progressBar(stderr, 'loading the history of the world')
  const fed = await feed.history((events) => bar.update(`${events} events`), signal)
  if (fed > 0 && !signal.aborted) {
    const ends = (await engine.log.bounds(TOPICS.events.name)).map(({ end }) => end)
    await Promise.race([engine.visible(ends), untilAborted(signal)])
  }
  const rest = signal.aborted ? ', the rest at the next start' : ''
  bar.done(fed > 0 ? `${fed} events loaded${rest}` : undefined)
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** What this process serves, with commands that work when pasted into the same folder. */
function welcome(
  engine: Engine,
  url: string,
  bi: string | undefined,
  roles: readonly Role[],
  hasWorld: boolean,
  seconds: number,
): string {
  const key = `$(cat ${quoted(relative(process.cwd(), join(engine.config.home, 'key')) || 'key')})`
  const auth = `-H "Authorization: Bearer ${key}"`
  const json = '-H "Content-Type: application/json"'
  const range = hasWorld ? `,"from":"2025-12-01","to":"2026-01-01"` : ''
  const body = `{"measures":["spend","revenue","mer","roas"],"dimensions":["platform"]${range}}`
  const lines = [`\nOmnify is ready after ${seconds.toFixed(1)} s at ${url} (state in ${engine.config.home})\n`]
  lines.push('Metrics by platform:', `  curl -s ${auth} ${json} ${url}/v1/metrics -d '${body}'`)
  lines.push('What the pipelines have done, and how far behind they are:', `  curl -s ${auth} ${url}/v1/status`)
  if (roles.includes('ingest')) {
    lines.push('Send an event of your own:', `  curl -s ${auth} ${json} ${url}/v1/events -d '[${EXAMPLE}]'`)
  }
  if (bi !== undefined)
    lines.push(
      `BI tools connect as to a ClickHouse server: ${bi}, database omnify, user = tenant, password = its API key`,
    )
  return [...lines, '\nStop with Ctrl-C.\n'].join('\n')
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}

/** Supervisors of processes commonly kill after 10 s what they asked to end. */
const STOP_MS = 9_000

const EXAMPLE = JSON.stringify({
  id: 'order-1',
  source: 'readme',
  type: 'order.observed',
  occurred_at: '2026-01-02T10:00:00Z',
  data: { ordered_at: '2026-01-02T10:00:00Z', currency: 'USD', total: '49.90', status: 'paid' },
})

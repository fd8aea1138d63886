import { type ReplayRequest, type ReplayResult, replayFailed } from '../../ingest/replay/replay.ts'
import type { CommandContext } from '../command.ts'
import { callEngine } from '../engine/call.ts'
import { runningEngine } from '../engine/running.ts'
import { withEngine } from '../engine/with-engine.ts'
import { text, texts } from '../flags.ts'
import { UsageError } from '../usage-error.ts'

/**
 * `omnify replay --tenant T`: sends the dead letters of a tenant again after a fix. What goes through is closed; what
 * does not stays open, with its reason on stderr. The last line of stdout has the counts.
 */
export async function run(context: CommandContext): Promise<number> {
  const { config, flags, signal, stderr, stdout } = context
  const code = text(flags, 'code')
  const request: ReplayRequest = {
    tenant: text(flags, 'tenant') ?? 'demo',
    ...(code === undefined ? {} : { code }),
    set: texts(flags, 'set').map(patchOf),
  }
  const engine = await runningEngine(config.home)
  const result =
    engine === undefined
      ? await withEngine(context, (started) => replayFailed(started, request))
      : await callEngine<ReplayResult>(engine, '/v1/replays', request, () => undefined, signal)
  for (const { at, code: why, reason } of result.failed) stderr.write(`${at}: ${why} (${reason})\n`)
  stdout.write(`${JSON.stringify({ read: result.read, replayed: result.replayed, failed: result.failed.length })}\n`)
  return 0
}

/** `data/total=12.00` */
function patchOf(given: string) {
  const at = given.indexOf('=')
  if (at < 1) throw new UsageError(`--set must be like data/total=12.00, is "${given}"`)
  return { path: given.slice(0, at), value: given.slice(at + 1) }
}

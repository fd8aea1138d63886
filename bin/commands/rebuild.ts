import type { RebuildReport, RebuildRequest, RebuildStep } from '../../pipelines/rebuild/rebuild.ts'
import { DAY_MS, parseDay } from '../../schemas/zone.ts'
import type { CommandContext } from '../command.ts'
import { callEngine } from '../engine/call.ts'
import { runningEngine } from '../engine/running.ts'
import { withEngine } from '../engine/with-engine.ts'
import { isOn, requiredText } from '../flags.ts'
import { UsageError } from '../usage-error.ts'

/**
 * `omnify rebuild facts --from T [--dry-run]`: recomputes the windows that the pipeline derives from its facts, after a
 * bug in them was fixed. One line of JSON on stdout says what differed (docs/rebuild.md).
 */
export async function run(context: CommandContext): Promise<number> {
  const { config, flags, signal, stderr, stdout } = context
  const request: RebuildRequest = { from_day: firstDay(requiredText(flags, 'from')), dry_run: isOn(flags, 'dry-run') }
  let last = ''
  const onStep = ({ chunks, of, step }: RebuildStep) => {
    // Of a long step only each tenth is told.
    const text = chunks === undefined ? step : `${step} ${Math.floor((10 * chunks) / of!)}0 %`
    if (text !== last) stderr.write(`rebuild: ${text}\n`)
    last = text
  }
  const engine = await runningEngine(config.home)
  const report =
    engine === undefined
      ? await withEngine(context, (started) => started.rebuild(request, onStep, signal))
      : await callEngine<RebuildReport, RebuildStep>(engine, '/v1/rebuilds', request, onStep, signal)
  stdout.write(`${JSON.stringify(report)}\n`)
  return 0
}

/** Local days begin up to 14 hours before and 12 after the UTC day: an instant may lie in the day before. */
function firstDay(given: string): number {
  const day = parseDay(given)
  if (day !== undefined) return day
  const at_ms = /^\d{4}-\d\d-\d\dT/.test(given) ? Date.parse(given) : Number.NaN
  if (Number.isNaN(at_ms)) throw new UsageError(`--from must be a day or an instant (RFC 3339), is "${given}"`)
  return Math.floor(at_ms / DAY_MS) - 1
}

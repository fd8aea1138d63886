import type { TraceRequest } from '../../pipelines/trace/request.ts'
import { isUnknown, type Trace } from '../../pipelines/trace/trace.ts'
import type { CommandContext } from '../command.ts'
import { callEngine } from '../engine/call.ts'
import { runningEngine } from '../engine/running.ts'
import { traceIn } from '../engine/trace.ts'
import { withEngine } from '../engine/with-engine.ts'
import { isOn, text } from '../flags.ts'

/**
 * `omnify trace ID`: where the events of one id are: their places on the log, fact rows, windows and the alerts
 * about them, or dead letters. One line of JSON on stdout (docs/trace.md); exit code 1 when nothing is known of the id.
 */
export async function run(context: CommandContext): Promise<number> {
  const { args, config, flags, signal, stderr, stdout } = context
  const [source, type] = [text(flags, 'source'), text(flags, 'type')]
  const request: TraceRequest = {
    tenant: text(flags, 'tenant') ?? 'demo',
    id: args[0]!,
    ...(source === undefined ? {} : { source }),
    ...(type === undefined ? {} : { type }),
    whole_log: isOn(flags, 'whole-log'),
  }
  const engine = await runningEngine(config.home)
  const trace =
    engine === undefined
      ? await withEngine(context, (started) => traceIn(started, request))
      : await callEngine<Trace>(engine, '/v1/traces', request, () => undefined, signal)
  if (isUnknown(trace)) {
    const among = [source && `source ${source}`, type && `type ${type}`].filter(Boolean).join(' and ')
    stderr.write(
      `tenant ${trace.tenant} has no event with the id ${trace.id}${among === '' ? '' : ` of ${among}`}: neither among ` +
        `the facts, nor among the dead letters, nor among what the log has and the pipeline has not read yet\n`,
    )
    return 1
  }
  stdout.write(`${JSON.stringify(trace)}\n`)
  return 0
}

import type { CommandContext } from '../command.ts'
import { ALL_ROLES, type Role } from '../engine/engine.ts'
import { serveStore } from '../engine/serve-store.ts'
import { up } from '../engine/up.ts'
import { UsageError } from '../usage-error.ts'

/**
 * `omnify run ROLE`: one role of the engine. With KAFKA_BROKERS there may be any number of each; without it only
 * `store`, which serves the embedded engine to other processes of this machine.
 */
export async function run(context: CommandContext): Promise<number> {
  const [role] = context.args
  if (role === 'store') return serveStore(context)
  if (!ALL_ROLES.includes(role as Role)) throw new UsageError(`no role "${role}"`)
  if (context.config.kafkaBrokers === undefined) {
    throw new UsageError(
      `"omnify run ${role}" needs KAFKA_BROKERS: the embedded log belongs to one process. Without Kafka start everything with "omnify up".`,
    )
  }
  return up(context, [role as Role])
}

import type { z } from 'zod'
import type { Clock, RandomBytes } from '../../pipelines/clock.ts'
import type { Log } from '../../pipelines/log/port.ts'
import { type AlertCommand, alertCommand } from '../../schemas/alert-commands.ts'
import { TOPICS } from '../../schemas/topics.ts'
import { ApiError } from '../problem.ts'

type Without<T> = T extends unknown ? Omit<T, 'id' | 'tenant' | 'at' | 'by'> : never
/** What somebody wants, without who and when. */
export type Wish = Without<AlertCommand>

export type Commands = {
  /**
   * Puts what a user wants onto the log, where the stage that has the alerts finds it. Durable when it resolves; carried
   * out a moment later.
   *
   * @param id  of the command: one that was carried out does nothing again
   * @throws ApiError `bad_request` for what is no command; LogError
   */
  give(tenant: string, by: string, wish: Wish, id: string): Promise<void>
}

export function makeCommands(log: Log, clock: Clock): Commands {
  return {
    async give(tenant, by, wish, id) {
      const at = new Date(clock()).toISOString()
      const command = checked(alertCommand, { id, tenant, at, by, ...wish })
      const value = Buffer.from(JSON.stringify(command))
      await log.append(TOPICS.alert_commands.name, 0, [{ key: Buffer.from(tenant), value }])
    },
  }
}

export function newId(prefix: string, randomBytes: RandomBytes): string {
  return `${prefix}_${randomBytes(12).toString('hex')}`
}

/** @throws ApiError `bad_request` that names the first field which is wrong */
export function checked<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new ApiError('bad_request', issue!.message, { path: issue!.path.join('.') || 'body' })
}

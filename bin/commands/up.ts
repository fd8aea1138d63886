import type { CommandContext } from '../command.ts'
import { up } from '../engine/up.ts'

/** `omnify up`: everything in one process, plus the store's child where no ClickHouse server is named. */
export async function run(context: CommandContext): Promise<number> {
  return up(context)
}

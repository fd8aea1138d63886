import type { Config } from './config.ts'
import type { Option } from './option.ts'

/** What a file in `commands/` exports: `export async function run(context: CommandContext): Promise<number>`. */
export type Command = {
  /**
   * @returns the exit code: 0 done, 1 failed
   * @throws UsageError for wrong use (exit code 2); anything else is printed with its causes (exit code 1)
   */
  run(context: CommandContext): Promise<number>
}

export type CommandContext = {
  readonly config: Config
  /** Positional arguments behind the command's name. */
  readonly args: readonly string[]
  /** Flags of the command itself; those of the configuration are in `config`. Read them with `flags.ts`. */
  readonly flags: Flags
  /** What a command that reads from standard input reads; nobody else touches it. */
  readonly stdin: NodeJS.ReadableStream
  /** Results only. */
  readonly stdout: NodeJS.WritableStream
  /** Everything else. */
  readonly stderr: NodeJS.WritableStream
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborts at the first SIGINT, SIGTERM or SIGHUP, and when the reader of stdout is gone: stop and clean up. */
  readonly signal: AbortSignal
}

export type Flags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>

/** One row of the table in `commands.ts`. */
export type CommandRow = {
  readonly name: string
  readonly summary: string
  /** Behind `omnify NAME`, one per line. */
  readonly usage: readonly string[]
  /** How many positional arguments, and what the first may be. None by default. */
  readonly args?: { readonly min: number; readonly max: number; readonly first?: readonly string[] }
  readonly options: Readonly<Record<string, Option>>
  /** It answers a stream: a reader of stdout that leaves has seen enough, which is no failure (exit code 0). */
  readonly reader_may_leave?: true
  readonly load: () => Promise<Command>
}

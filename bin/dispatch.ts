import { HELP_OPTION, parseArguments, splitCommand } from './arguments.ts'
import type { CommandContext, CommandRow } from './command.ts'
import { type ConfigSources, readConfig, SETTING_OPTIONS } from './config.ts'
import { describeError } from './describe-error.ts'
import { commandHelp, overview } from './help.ts'
import { didYouMean } from './suggest.ts'
import { UsageError } from './usage-error.ts'

const DONE = 0
const FAILED = 1
const WRONG_USE = 2

export type Surroundings = Pick<CommandContext, 'stdin' | 'stdout' | 'stderr' | 'env' | 'signal'> &
  Omit<ConfigSources, 'flags'> & { readonly version: string }

/**
 * Finds the command in the table, gives it its flags and its configuration, and turns its end into an exit code.
 * Never throws.
 */
export async function dispatch(
  rows: readonly CommandRow[],
  argv: readonly string[],
  around: Surroundings,
): Promise<number> {
  const { name, rest, row } = rowOf(rows, argv)
  const say = (prefix: string, lines: readonly string[]) => {
    for (const line of lines) around.stderr.write(`${prefix}: ${line}\n`)
  }
  if (name === null || name === 'help') return help(rows, name === null ? argv : rest, around, say)

  if (row === undefined) {
    const names = rows.map((candidate) => candidate.name)
    say('omnify', [`unknown command ${name}${didYouMean(name, names)}`, 'omnify --help lists the commands'])
    return WRONG_USE
  }
  try {
    const { args, flags, settings, help } = parseArguments(row, rest, SETTING_OPTIONS)
    if (help) {
      around.stdout.write(commandHelp(row, SETTING_OPTIONS))
      return DONE
    }
    const config = readConfig({ ...around, flags: settings })
    const command = await row.load()
    const { stdin, stdout, stderr, env, signal } = around
    return await command.run({ config, args, flags, stdin, stdout, stderr, env, signal })
  } catch (error) {
    if (error instanceof UsageError) {
      say(`omnify ${name}`, [...error.problems, `see omnify ${name} --help`])
      return WRONG_USE
    }
    say(`omnify ${name}`, describeError(error))
    return FAILED
  }
}

/** The word that names the command, what is left without it, and the command's row if there is one of that name. */
export function rowOf(rows: readonly CommandRow[], argv: readonly string[]) {
  const { name, rest } = splitCommand(argv, { ...SETTING_OPTIONS, help: HELP_OPTION })
  return { name, rest, row: rows.find((candidate) => candidate.name === name) }
}

/** No command at all: `--version`, `--help`, `help COMMAND`, or nothing, which is wrong use. */
function help(
  rows: readonly CommandRow[],
  words: readonly string[],
  around: Surroundings,
  say: (prefix: string, lines: readonly string[]) => void,
): number {
  const [word] = words
  if (word === '--version') {
    around.stdout.write(`${around.version}\n`)
    return DONE
  }
  const row = rows.find(({ name }) => name === word)
  if (row !== undefined) {
    around.stdout.write(commandHelp(row, SETTING_OPTIONS))
    return DONE
  }
  const text = overview(rows, SETTING_OPTIONS)
  if (words.some((flag) => flag === '--help' || flag === '-h')) {
    around.stdout.write(text)
    return DONE
  }
  if (word !== undefined) say('omnify', [`unknown flag or command ${word}`])
  around.stderr.write(text)
  return WRONG_USE
}

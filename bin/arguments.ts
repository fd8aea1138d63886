import { type ParseArgsConfig, parseArgs } from 'node:util'
import type { CommandRow, Flags } from './command.ts'
import type { Option } from './option.ts'
import { didYouMean } from './suggest.ts'
import { UsageError } from './usage-error.ts'

export type Parsed = {
  readonly args: readonly string[]
  readonly flags: Flags
  /** Flags that belong to the configuration, as text. */
  readonly settings: Readonly<Record<string, string>>
  readonly help: boolean
}

export const HELP_OPTION: Option = { help: 'Show this text and exit.' }

/**
 * The command's name and what is left without it. Flags of the configuration may stand before the name.
 *
 * @returns name null when there is no word at all
 */
export function splitCommand(argv: readonly string[], settings: Readonly<Record<string, Option>>) {
  const { tokens } = parseArgs({ args: [...argv], options: toNode(settings), strict: false, tokens: true })
  const word = tokens.find((token) => token.kind === 'positional')
  if (word === undefined) return { name: null, rest: argv }
  return { name: word.value, rest: argv.toSpliced(word.index, 1) }
}

/**
 * Parses the flags and arguments of one command. The last of a repeated flag wins, so that a script can be overruled.
 *
 * @throws UsageError naming every unknown flag, missing value and surplus argument at once
 */
export function parseArguments(
  row: Pick<CommandRow, 'name' | 'args' | 'options'>,
  rest: readonly string[],
  settings: Readonly<Record<string, Option>>,
): Parsed {
  const options: Record<string, Option> = { ...settings, ...row.options, help: HELP_OPTION }
  const { tokens, positionals } = parseArgs({
    args: [...rest],
    options: toNode(options),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const problems: string[] = []
  const flags: Record<string, string | boolean | readonly string[]> = {}
  const settingTexts: Record<string, string> = {}
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined
    const problem = problemOf(token, option, Object.keys(options))
    if (problem !== null) problems.push(problem)
    else if (option!.value === undefined) flags[token.name] = true
    else if (Object.hasOwn(settings, token.name)) settingTexts[token.name] = token.value!
    else if (option!.many) flags[token.name] = [...((flags[token.name] as string[] | undefined) ?? []), token.value!]
    else flags[token.name] = token.value!
  }
  const { help = false, ...own } = flags
  if (help === false) problems.push(...positionalProblems(row, positionals))
  if (problems.length > 0) throw new UsageError(problems)
  return { args: positionals, flags: own, settings: settingTexts, help: help === true }
}

type OptionToken = {
  readonly rawName: string
  readonly name: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

function problemOf(token: OptionToken, option: Option | undefined, known: readonly string[]): string | null {
  if (option === undefined) {
    return `unknown flag ${token.rawName}${didYouMean(
      token.rawName,
      known.map((name) => `--${name}`),
    )}`
  }
  if (option.value !== undefined && token.value === undefined) return `${token.rawName} needs a value (${option.value})`
  if (option.value === undefined && token.value !== undefined) return `${token.rawName} takes no value`
  // Without this, `--seed --out DIR` would make "--out" the seed.
  if (token.inlineValue === false && /^-\D/.test(token.value!)) {
    return `${token.rawName} needs a value (${option.value}); to give "${token.value}", write ${token.rawName}=${token.value}`
  }
  return null
}

function positionalProblems({ args = { min: 0, max: 0 } }: Pick<CommandRow, 'args'>, given: readonly string[]) {
  const [first] = given
  if (first !== undefined && args.first !== undefined && !args.first.includes(first)) {
    return [`"${first}" is not one of ${args.first.join(', ')}${didYouMean(first, args.first)}`]
  }
  if (given.length < args.min)
    return [args.first ? `one of ${args.first.join(', ')} is needed` : 'an argument is missing']
  if (given.length > args.max) return [`unexpected argument "${given[args.max]}"`]
  return []
}

function toNode(options: Readonly<Record<string, Option>>): NonNullable<ParseArgsConfig['options']> {
  return Object.fromEntries(
    Object.entries(options).map(([name, { value }]) => [
      name,
      name === 'help' ? { type: 'boolean', short: 'h' } : { type: value === undefined ? 'boolean' : 'string' },
    ]),
  )
}

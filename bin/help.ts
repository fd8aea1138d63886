import type { CommandRow } from './command.ts'
import type { Option } from './option.ts'

const WIDTH = 100

type Options = Readonly<Record<string, Option>>

/** What `omnify --help` prints. */
export function overview(rows: readonly CommandRow[], settings: Options): string {
  return sections([
    ['', ['omnify: ad and commerce events in, exact unified metrics out']],
    ['Usage', ['omnify COMMAND [ARGUMENTS] [FLAGS]']],
    ['Commands', columns(rows.map(({ name, summary }) => [name, summary]))],
    [
      'Flags of every command',
      optionLines({ ...settings, help: { help: 'Explain a command: omnify COMMAND --help.' } }),
    ],
    ['', ['Settings may also come from the environment: --port is OMNIFY_PORT; docs/configuration.md lists them.']],
    ['', ['Exit codes: 0 done, 1 failed, 2 wrong use.']],
  ])
}

/** What `omnify COMMAND --help` prints. */
export function commandHelp(row: CommandRow, settings: Options): string {
  return sections([
    ['', [`omnify ${row.name}: ${row.summary}`]],
    ['Usage', row.usage.map((line) => `omnify ${row.name} ${line}`.trimEnd())],
    ['Flags', optionLines(row.options)],
    ['Flags of every command', optionLines(settings)],
  ])
}

function optionLines(options: Options): string[] {
  return columns(
    Object.entries(options).map(([name, { value, many, help }]) => [
      `--${name}${value === undefined ? '' : ` ${value}`}`,
      many ? `${help} May be given more than once.` : help,
    ]),
  )
}

function sections(all: readonly (readonly [title: string, lines: readonly string[]])[]): string {
  return `${all
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) =>
      title === '' ? lines.join('\n') : [title, ...lines.map((line) => `  ${line}`)].join('\n'),
    )
    .join('\n\n')}\n`
}

function columns(rows: readonly (readonly [left: string, right: string])[]): string[] {
  const left = Math.max(0, ...rows.map(([text]) => text.length)) + 2
  return rows.flatMap(([head, text]) =>
    wrap(text, WIDTH - left).map((line, index) => (index === 0 ? head : '').padEnd(left) + line),
  )
}

function wrap(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines
}

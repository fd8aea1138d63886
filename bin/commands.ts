import type { CommandRow } from './command.ts'

/**
 * Every command of `omnify`, in the order of the help text. Adding one: a file in `commands/` that exports `run`
 * (see `Command` in `command.ts`) and a row here.
 */
export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'docs',
    summary: 'write the pages of docs/ that are made from tables in the code',
    usage: ['', '--check'],
    options: { check: { help: 'Write nothing; fail when a page is not what the code says.' } },
    load: () => import('./commands/docs.ts'),
  },
]

import { SETTINGS } from '../config.ts'
import { code, page, table } from './markdown.ts'

export function configurationPage(): string {
  return page(
    'Configuration',
    'Every setting is an environment variable and a flag of every command; the flag wins, and an empty variable counts ' +
      'as unset. An unknown variable that begins with `OMNIFY_` stops the start. Secrets are never printed.',
    'bin/config.ts',
    table(
      ['Variable', 'Flag', 'Default', 'Meaning'],
      SETTINGS.map(({ setting, flag, fallback }) => [
        code(setting.env),
        code(`--${flag} ${setting.value}`),
        fallback === undefined ? '' : code(fallback),
        setting.doc,
      ]),
    ),
  )
}

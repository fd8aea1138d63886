import { resolve } from 'node:path'
import { z } from 'zod'
import type { Option } from './option.ts'
import { httpUrl, settings, text } from './setting.ts'
import { identity, identityProblems } from './settings/identity.ts'
import { limits } from './settings/limits.ts'
import { didYouMean } from './suggest.ts'
import { UsageError } from './usage-error.ts'

const port = text
  .regex(/^\d{1,5}$/, 'must be a port number, 0 to 65535')
  .transform(Number)
  .refine((number) => number <= 65_535, 'must be a port number, 0 to 65535')
const hostAndPort = /^(\[[0-9A-Fa-f:.]+\]|[\w.-]+):([1-9]\d{0,4})$/
const hostList = text
  .transform((list) => list.split(',').map((entry) => entry.trim()))
  .refine((entries) => entries.every((entry) => hostAndPort.test(entry)), 'must be host:port, several with commas')

/** Every setting, with the text that documents it. The order is the order of the docs. */
const schema = z.object({
  home: text.prefault('.omnify').register(settings, {
    env: 'OMNIFY_HOME',
    value: 'DIR',
    doc: 'Where all state lives: log, store, keys. One engine at a time. Relative to the working directory.',
  }),
  host: text
    .regex(/^[\w.:-]+$/, 'must be a host name or an address')
    .prefault('127.0.0.1')
    .register(settings, {
      env: 'OMNIFY_HOST',
      value: 'HOST',
      doc: 'Address that both ports listen on.',
    }),
  port: port.prefault('4000').register(settings, {
    env: 'OMNIFY_PORT',
    value: 'PORT',
    doc: 'Port of the collector and the query API; 0 takes a free one.',
  }),
  clickhousePort: port.prefault('4001').register(settings, {
    env: 'OMNIFY_CLICKHOUSE_PORT',
    value: 'PORT',
    doc: 'Port that BI tools connect to as to a ClickHouse server; 0 takes a free one.',
  }),
  kafkaBrokers: hostList.optional().register(settings, {
    env: 'KAFKA_BROKERS',
    value: 'HOST:PORT,…',
    doc: 'Apache Kafka as the log. Unset: the embedded log under OMNIFY_HOME.',
  }),
  clickhouseUrl: httpUrl.optional().register(settings, {
    env: 'CLICKHOUSE_URL',
    value: 'URL',
    doc: 'A ClickHouse server as the store, user and password in the address. Unset: the embedded engine.',
    secret: true,
  }),
  world: text
    .regex(/^(off|known-answer|0|[1-9]\d{0,14})$/, 'must be off, known-answer or a seed (a whole number below 10^15)')
    .transform((value): World => (value === 'off' || value === 'known-answer' ? value : Number(value)))
    .optional()
    .register(settings, {
      env: 'OMNIFY_WORLD',
      value: 'off|known-answer|SEED',
      doc:
        'The simulated world that feeds tenant `demo`. Unset: `known-answer` when KAFKA_BROKERS and CLICKHOUSE_URL ' +
        'are unset and OMNIFY_HOME is new, else `off`.',
    }),
  keyFile: text.optional().register(settings, {
    env: 'OMNIFY_KEY_FILE',
    value: 'FILE',
    doc: 'The key-encryption key, made at the first start with mode 0600. Unset: `master.key` in OMNIFY_HOME.',
  }),
  shopifyWebhookSecret: text.optional().register(settings, {
    env: 'OMNIFY_SHOPIFY_WEBHOOK_SECRET',
    value: 'SECRET',
    doc: 'Verifies the HMAC of Shopify webhooks. Unset: they are refused.',
    secret: true,
  }),
  ...identity,
  ...limits,
  webhookAllow: hostList.optional().register(settings, {
    env: 'OMNIFY_WEBHOOK_ALLOW',
    value: 'HOST:PORT,…',
    doc: 'Targets of outgoing webhooks that may be private or loopback addresses. Unset: none.',
  }),
  data: text.optional().register(settings, {
    env: 'OMNIFY_DATA',
    value: 'DIR',
    doc: 'Where the shared sample data lies. Unset: `../shared/data` beside the project.',
  }),
  testClickhouseUrl: httpUrl.optional().register(settings, {
    env: 'OMNIFY_TEST_CLICKHOUSE_URL',
    value: 'URL',
    doc: 'A ClickHouse server that the tests may use besides the embedded engine.',
    secret: true,
  }),
})

type Field = keyof typeof schema.shape

export type World = 'off' | 'known-answer' | number

export type Config = Readonly<
  Omit<z.output<typeof schema>, 'kafkaBrokers' | 'webhookAllow'> & {
    world: World
    /** Whether OMNIFY_WORLD was given, and not left to its default. */
    worldAsked: boolean
    /** Absolute, as are the other paths. */
    home: string
    keyFile: string
    data: string
    /** Undefined: the embedded log. */
    kafkaBrokers: readonly string[] | undefined
    webhookAllow: readonly string[]
  }
>

export type ConfigSources = {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Values of flags by flag name without dashes; they win over the environment. */
  readonly flags?: Readonly<Record<string, string>>
  /** Relative paths start here. */
  readonly cwd: string
  /** Folder of package.json. */
  readonly projectDir: string
  /** Whether an absolute OMNIFY_HOME has never been used: decides the default of OMNIFY_WORLD. */
  readonly isNewHome: (home: string) => boolean
}

/**
 * The configuration of this process, frozen. An empty variable counts as unset.
 *
 * @throws UsageError naming every problem at once: unknown OMNIFY_ keys, values that cannot be
 */
export function readConfig({ env, flags = {}, cwd, projectDir, isNewHome }: ConfigSources): Config {
  const given: Partial<Record<Field, { source: string; value: string }>> = {}
  for (const { field, setting, flag } of SETTINGS) {
    const fromFlag = flags[flag]
    const fromEnv = env[setting.env]
    if (fromFlag !== undefined) given[field] = { source: `--${flag}`, value: fromFlag }
    else if (fromEnv) given[field] = { source: setting.env, value: fromEnv }
  }
  const parsed = schema.safeParse(Object.fromEntries(Object.entries(given).map(([field, { value }]) => [field, value])))
  const problems = unknownKeys(env)
  for (const issue of parsed.error?.issues ?? []) problems.push(describe(issue, given))
  if (!parsed.success) throw new UsageError(problems)

  const { port, clickhousePort } = parsed.data
  if (port === clickhousePort && port !== 0) problems.push(`OMNIFY_PORT and OMNIFY_CLICKHOUSE_PORT are both ${port}`)
  problems.push(...identityProblems(parsed.data))
  if (problems.length > 0) throw new UsageError(problems)

  const home = resolve(cwd, parsed.data.home)
  const { kafkaBrokers, clickhouseUrl, webhookAllow = [], keyFile, data } = parsed.data
  const embedded = kafkaBrokers === undefined && clickhouseUrl === undefined
  return Object.freeze({
    ...parsed.data,
    home,
    keyFile: resolve(cwd, keyFile ?? resolve(home, 'master.key')),
    data: resolve(cwd, data ?? resolve(projectDir, '../shared/data')),
    world: parsed.data.world ?? (embedded && isNewHome(home) ? 'known-answer' : 'off'),
    worldAsked: parsed.data.world !== undefined,
    kafkaBrokers: kafkaBrokers && Object.freeze(kafkaBrokers),
    webhookAllow: Object.freeze(webhookAllow),
  })
}

/** The settings as rows: for the flags of every command, the help text and the docs. */
export const SETTINGS = Object.entries(schema.shape).map(([field, type]) => {
  const setting = settings.get(type as z.ZodType)!
  return {
    field: field as Field,
    setting,
    flag: setting.env
      .replace(/^OMNIFY_/, '')
      .toLowerCase()
      .replaceAll('_', '-'),
    fallback: type instanceof z.ZodPrefault ? String(type.def.defaultValue) : undefined,
  }
})

/** The settings as flags of every command. */
export const SETTING_OPTIONS: Readonly<Record<string, Option>> = Object.fromEntries(
  SETTINGS.map(({ flag, setting }) => [flag, { value: setting.value, help: setting.doc }]),
)

function unknownKeys(env: ConfigSources['env']): string[] {
  const known = SETTINGS.map(({ setting }) => setting.env)
  return Object.keys(env)
    .filter((key) => key.startsWith('OMNIFY_') && !known.includes(key))
    .map((key) => `unknown setting ${key}${didYouMean(key, known)}`)
}

function describe(issue: z.core.$ZodIssue, given: Partial<Record<Field, { source: string; value: string }>>): string {
  const field = issue.path[0] as Field
  const { source, value } = given[field]!
  const secret = SETTINGS.find((row) => row.field === field)!.setting.secret === true
  return `${source} ${issue.message}${secret ? '' : `, is "${value}"`}`
}

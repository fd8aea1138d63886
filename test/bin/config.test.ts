import { describe, expect, test } from 'vitest'
import { type ConfigSources, readConfig, SETTING_OPTIONS, SETTINGS } from '../../bin/config.ts'
import { UsageError } from '../../bin/usage-error.ts'

const read = (env: Record<string, string> = {}, more: Partial<ConfigSources> = {}) =>
  readConfig({ env, cwd: '/here', projectDir: '/code/omnify', isNewHome: () => false, ...more })

function problemsOf(env: Record<string, string>, more: Partial<ConfigSources> = {}): readonly string[] {
  try {
    read(env, more)
  } catch (error) {
    if (error instanceof UsageError) return error.problems
    throw error
  }
  return []
}

test('the defaults', () => {
  expect(read()).toEqual({
    home: '/here/.omnify',
    host: '127.0.0.1',
    port: 4000,
    clickhousePort: 4001,
    kafkaBrokers: undefined,
    world: 'off',
    worldAsked: false,
    keyFile: '/here/.omnify/master.key',
    webhookAllow: [],
    data: '/code/shared/data',
    jwtAlgorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    jwtTenantClaim: 'tenant',
    jwtScopesClaim: 'scope',
    limitConcurrent: 64,
    limitRequests: 12_000,
    limitRows: 60_000_000_000,
    limitCpuSeconds: 120,
  })
})

test('every setting from the environment', () => {
  expect(
    read({
      OMNIFY_HOME: '/var/omnify',
      OMNIFY_HOST: '0.0.0.0',
      OMNIFY_PORT: '0',
      OMNIFY_CLICKHOUSE_PORT: '0',
      KAFKA_BROKERS: 'a:9092, [::1]:9093',
      CLICKHOUSE_URL: 'https://user:pass@store:8443/db',
      OMNIFY_WORLD: '42',
      OMNIFY_KEY_FILE: 'k',
      OMNIFY_SHOPIFY_WEBHOOK_SECRET: 's',
      OMNIFY_WEBHOOK_ALLOW: 'localhost:9000',
      OMNIFY_DATA: 'data',
      OMNIFY_JWT_JWKS_URL: 'https://issuer.example/keys',
      OMNIFY_JWT_ISSUER: 'https://issuer.example/',
      OMNIFY_JWT_AUDIENCE: 'omnify',
      OMNIFY_JWT_ALGORITHMS: 'ES256, EdDSA',
      OMNIFY_JWT_TENANT_CLAIM: 'org',
      OMNIFY_JWT_SCOPES_CLAIM: 'scp',
      OMNIFY_LIMIT_CONCURRENT: '1',
      OMNIFY_LIMIT_REQUESTS: '2',
      OMNIFY_LIMIT_ROWS: '3',
      OMNIFY_LIMIT_CPU_SECONDS: '4',
      OMNIFY_TEST_CLICKHOUSE_URL: 'http://localhost:8123',
      PATH: '/bin',
    }),
  ).toEqual({
    home: '/var/omnify',
    host: '0.0.0.0',
    port: 0,
    clickhousePort: 0,
    kafkaBrokers: ['a:9092', '[::1]:9093'],
    clickhouseUrl: 'https://user:pass@store:8443/db',
    world: 42,
    worldAsked: true,
    keyFile: '/here/k',
    shopifyWebhookSecret: 's',
    webhookAllow: ['localhost:9000'],
    data: '/here/data',
    jwtJwksUrl: 'https://issuer.example/keys',
    jwtIssuer: 'https://issuer.example/',
    jwtAudience: 'omnify',
    jwtAlgorithms: ['ES256', 'EdDSA'],
    jwtTenantClaim: 'org',
    jwtScopesClaim: 'scp',
    limitConcurrent: 1,
    limitRequests: 2,
    limitRows: 3,
    limitCpuSeconds: 4,
    testClickhouseUrl: 'http://localhost:8123',
  })
})

test('it is frozen, its lists too', () => {
  const config = read({ KAFKA_BROKERS: 'a:1' })
  expect([config, config.kafkaBrokers, config.webhookAllow].every(Object.isFrozen)).toBe(true)
})

test('flags win over the environment, and every setting has one', () => {
  expect(read({ OMNIFY_PORT: '1' }, { flags: { port: '2' } }).port).toBe(2)
  expect(Object.keys(SETTING_OPTIONS)).toEqual(SETTINGS.map(({ flag }) => flag))
  expect(Object.keys(SETTING_OPTIONS)).toEqual(
    expect.arrayContaining(['home', 'clickhouse-port', 'kafka-brokers', 'clickhouse-url', 'shopify-webhook-secret']),
  )
})

test('an empty variable counts as unset, an empty flag is refused', () => {
  expect(read({ OMNIFY_PORT: '', KAFKA_BROKERS: '', OMNIFY_HOME: '' })).toEqual(read())
  expect(problemsOf({}, { flags: { home: '' } })).toEqual(['--home must not be empty, is ""'])
})

describe('the world, when not said', () => {
  const isNew = { isNewHome: (home: string) => home === '/here/new' }
  test.each([
    [{ OMNIFY_HOME: 'new' }, 'known-answer'],
    [{ OMNIFY_HOME: 'old' }, 'off'],
    [{ OMNIFY_HOME: 'new', KAFKA_BROKERS: 'a:1' }, 'off'],
    [{ OMNIFY_HOME: 'new', CLICKHOUSE_URL: 'http://a' }, 'off'],
    [{ OMNIFY_HOME: 'new', OMNIFY_WORLD: 'off' }, 'off'],
    [{ OMNIFY_HOME: 'old', OMNIFY_WORLD: 'known-answer' }, 'known-answer'],
    [{ OMNIFY_HOME: 'old', OMNIFY_WORLD: '0' }, 0],
  ])('%j → %s', (env, world) => {
    expect(read(env, isNew).world).toBe(world)
  })
})

describe('refused', () => {
  test.each<[Record<string, string>, readonly string[]]>([
    [{ OMNIFY_PROT: '1' }, ['unknown setting OMNIFY_PROT; did you mean OMNIFY_PORT?']],
    [{ OMNIFY_: '' }, ['unknown setting OMNIFY_']],
    [{ OMNIFY_PORT: '65536' }, ['OMNIFY_PORT must be a port number, 0 to 65535, is "65536"']],
    [{ OMNIFY_PORT: '-1' }, ['OMNIFY_PORT must be a port number, 0 to 65535, is "-1"']],
    [{ OMNIFY_PORT: '4001' }, ['OMNIFY_PORT and OMNIFY_CLICKHOUSE_PORT are both 4001']],
    [{ OMNIFY_HOST: 'a b' }, ['OMNIFY_HOST must be a host name or an address, is "a b"']],
    [{ KAFKA_BROKERS: 'a' }, ['KAFKA_BROKERS must be host:port, several with commas, is "a"']],
    [{ KAFKA_BROKERS: 'a:1,' }, ['KAFKA_BROKERS must be host:port, several with commas, is "a:1,"']],
    [
      { OMNIFY_WORLD: 'knwon' },
      ['OMNIFY_WORLD must be off, known-answer or a seed (a whole number below 10^15), is "knwon"'],
    ],
    [{ OMNIFY_WORLD: '01' }, [expect.stringContaining('OMNIFY_WORLD must be')]],
    [
      { OMNIFY_JWT_ALGORITHMS: 'RS256,HS256' },
      [expect.stringContaining('OMNIFY_JWT_ALGORITHMS must be one or more of')],
    ],
    [{ OMNIFY_JWT_JWKS_URL: 'http://issuer.example/keys' }, [expect.stringContaining('must be https://')]],
    [
      { OMNIFY_JWT_JWKS_URL: 'http://127.0.0.1:9/keys', OMNIFY_JWT_ISSUER: 'me' },
      [expect.stringContaining('OMNIFY_JWT_AUDIENCE is not set')],
    ],
    [{ OMNIFY_LIMIT_REQUESTS: '0' }, ['OMNIFY_LIMIT_REQUESTS must be a whole number from 1 to 1000000000000, is "0"']],
    [{ CLICKHOUSE_URL: 'ftp://a' }, ['CLICKHOUSE_URL must be an http:// or https:// address']],
  ])('%j', (env, problems) => {
    expect(problemsOf(env)).toEqual(problems)
  })

  test('all problems at once, and no secret in them', () => {
    const problems = problemsOf(
      { OMNIFY_PROT: '1', OMNIFY_PORT: 'x', CLICKHOUSE_URL: 'user:hunter2@store' },
      { flags: { 'clickhouse-port': 'y', 'shopify-webhook-secret': '' } },
    )
    expect(problems).toHaveLength(5)
    expect(problems.join()).not.toContain('hunter2')
  })
})

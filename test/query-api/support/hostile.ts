import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll } from 'vitest'
import { readConfig } from '../../../bin/config.ts'
import { type OpenStore, openStore } from '../../../bin/engine/store.ts'
import { systemClock, systemRandomBytes } from '../../../pipelines/clock.ts'
import { connectStore, type Store } from '../../../pipelines/store/client.ts'
import type { Caller, Tenants } from '../../../pipelines/tenants/port.ts'
import { type BiServer, createBiServer } from '../../../query-api/clickhouse/server.ts'
import { sqlSlots } from '../../../query-api/sql/sql.ts'
import type { AlertCommand } from '../../../schemas/alert-commands.ts'
import { alertBytes, alertPartition } from '../../../schemas/alerts.ts'
import { ALL_SCOPES } from '../../../schemas/scopes.ts'
import { TOPICS } from '../../../schemas/topics.ts'
import { alert, alertOnLog } from '../../support/alert.ts'
import { type Door, openDoor, order } from '../../support/door.ts'
import { useEngine } from '../../support/engine.ts'
import { endlessBudgets } from '../sql/support.ts'
import { insert } from './fill.ts'
import { openRooms } from './rooms.ts'

/** Names that mean something to whoever is careless: browsers, spreadsheets, shells, SQL, formats of lines and columns. */
export const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "=cmd|'/c calc'!A1",
  '+1+1',
  '-2+3',
  '@SUM(A1)',
  `it's "quoted", with; commas`,
  "'; DROP TABLE orders; --",
  '{"json":true}',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what somebody else would take for a template
  '{{template}} ${jndi:ldap://x} $(id) `id`',
  '../../etc/passwd',
  'back\\slash \\n \\x00 \\u0000',
  '%00%0d%0a %s%n',
  'NULL',
  '\\N',
  'مرحبا 你好 \u{1F600} e\u0301 \u202Eright-to-left',
  '\u00A0nbsp \uFEFFbom \u2028line',
  'x'.repeat(10_000),
  '<b>"\'\\\u{1F600}'.repeat(1_250),
]
/** What stands in everything of tenant `beta`. */
export const CANARY = 'CANARY-of-beta'

export type HostileRig = {
  readonly app: FastifyInstance
  /** `http://127.0.0.1:PORT` of the query API, and of the port for BI tools. */
  readonly url: string
  readonly bi_url: string
  readonly store: Store
}

/**
 * Tenant `alpha`, of whom campaigns, orders and alerts have hostile names, and `beta`, of whom they are canaries. The
 * events go through the pipeline of one engine; the questions are asked of another, whose CLICKHOUSE_URL is the first
 * one's store. The key of a tenant is its name.
 */
export function useHostileRig(): HostileRig {
  const engine = useEngine()
  const state: { home?: string; opened?: OpenStore; app?: FastifyInstance; door?: Door; bi?: BiServer } = {}

  beforeAll(async () => {
    const names = HOSTILE.flatMap((name, n) => [campaign(`c${n}`, name), paid(`o${n}`, `c${n}`, name)])
    await engine.feed(names, { tenant: 'alpha' })
    await engine.feed([campaign('secret', CANARY), paid('secret', 'secret', CANARY)], { tenant: 'beta' })
    const runner = await engine.start()
    await engine.caughtUp(90_000)
    await runner.stop()

    const { access } = engine
    const url = new URL(access.url)
    Object.assign(url, { username: access.user, password: access.password, pathname: access.database })
    state.home = await mkdtemp(join(tmpdir(), 'omnify-hostile-'))
    const env = { CLICKHOUSE_URL: url.href, OMNIFY_HOME: state.home }
    const config = readConfig({ env, cwd: state.home, projectDir: state.home, isNewHome: () => true })
    const opened = await openStore(config, { info() {}, warn() {}, error() {} })
    if (opened.embedded !== undefined) throw new Error('the store is to be the one behind CLICKHOUSE_URL')
    state.opened = opened
    const door = await openDoor()
    state.door = door
    await door.log.ensureTopics(Object.values(TOPICS))
    await raiseAlerts(opened, door)
    await insert(opened.store, 'alert_settings', SETTINGS.map(settingRow))
    const connect = (database: string) => connectStore({ ...opened.access, database })
    const webhooks = { vault: async () => door.vault, allow: [], resolve: async () => ['93.184.216.34'] }
    const places = { slots: sqlSlots(), budgets: endlessBudgets() }
    state.app = await openRooms(door, {
      store: opened.store,
      tenants,
      deps: { connect, clock: systemClock, webhooks, ...places },
    })
    await state.app.listen({ port: 0, host: '127.0.0.1' })
    const onMistake = (error: unknown) => process.emitWarning(`a mistake of the endpoint: ${error}`)
    const chance = { clock: systemClock, randomBytes: systemRandomBytes }
    state.bi = createBiServer({ store: opened.store, connect, tenants, ...chance, ...places, onMistake })
    await new Promise<void>((resolve) => state.bi!.server.listen(0, '127.0.0.1', resolve))
  }, 180_000)
  afterAll(async () => {
    await state.bi?.close()
    await state.app?.close()
    await state.door?.close()
    await state.opened?.stop()
    if (state.home !== undefined) await rm(state.home, { recursive: true, force: true })
  }, 60_000)

  const urlOf = (server: { address(): unknown }) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    get app() {
      return state.app!
    },
    get url() {
      return urlOf(state.app!.server)
    },
    get bi_url() {
      return urlOf(state.bi!.server)
    },
    get store() {
      return state.opened!.store
    },
  }
}

export function campaign(entity: string, name: string) {
  return {
    ...{ id: `entity-${entity}`, source: 'ads', type: 'ad_entity.observed', occurred_at: '2026-01-15T10:00:00Z' },
    data: { platform: 'meta', account: 'a', kind: 'campaign', entity, name, valid_from: '2026-01-01T00:00:00Z' },
  }
}

/** An order whose customer is as much of a name as an id may have, and whose line has it all. */
function paid(id: string, of: string, name: string) {
  return order(id, {
    ...{ platform: 'meta', account: 'a', campaign: of, customer: name.slice(0, 200) },
    lines: [{ line: id, product: id, title: name, quantity: 1, price: '1.00' }],
  })
}

/** The alerts of both tenants, as detection leaves them (a title has at most 500 characters): in the table and on the log. */
export const ALERTS = [
  ...HOSTILE.map((title, n) => alert({ tenant: 'alpha', title: title.slice(0, 500), scope: { campaign: `c${n}` } })),
  alert({ tenant: 'beta', title: CANARY, scope: { campaign: CANARY } }),
]

async function raiseAlerts({ store }: OpenStore, { log }: Door): Promise<void> {
  const rows = ALERTS.map((one, seq) => {
    const { detected_at, id, kind, metric, revision, state, tenant } = one
    return { tenant, id, revision, seq, state, kind, metric, detected_at, record: alertBytes(one) }
  })
  await insert(store, 'alerts', rows)
  for (const one of ALERTS)
    await log.append(TOPICS.alerts.name, alertPartition(one.tenant, TOPICS.alerts.partitions), [alertOnLog(one)])
}

const said = { tenant: 'beta', at: '2026-01-15T10:00:00Z', by: CANARY }
/** What beta has set, as the stages that carry it out leave it: rules, mutes, expected events. */
const SETTINGS: readonly AlertCommand[] = [
  {
    ...{ ...said, id: 'says-rule', kind: 'rule', rule: 'beta-rule' },
    body: {
      ...{ name: CANARY, metric: 'orders', condition: { op: 'below', value: '5' }, grain: 'day', buckets: 1 },
      ...{ scope: { campaign: CANARY }, volume_min: 0, enabled: true },
    },
  },
  {
    ...{ ...said, id: 'says-mute', kind: 'mute', mute: 'beta-mute' },
    ...{ scope: { campaign: CANARY }, metric: null, until: null },
  },
  {
    ...{ ...said, id: 'says-event', kind: 'expected_event', event: 'beta-event', title: CANARY },
    ...{ scope: { campaign: CANARY }, from: '2026-01-10T00:00:00Z', to: '2026-01-11T00:00:00Z' },
  },
]

function settingRow(said: AlertCommand, n: number) {
  const { kind, tenant } = said
  return {
    tenant,
    kind,
    id: `beta-${said.id.replace('says-', '')}`,
    version: n + 1,
    removed: 0,
    body: JSON.stringify(said),
  }
}

const tenants = {
  get: async (name: string) => ({ name, currency: 'USD', zone: 'UTC' }),
  authenticate: async (key: string): Promise<Caller> => ({
    tenant: { name: key, currency: 'USD', zone: 'UTC' },
    key_id: key,
    scopes: ALL_SCOPES,
  }),
} as unknown as Tenants

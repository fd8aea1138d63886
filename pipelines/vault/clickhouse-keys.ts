import { type Clock, steadyClock } from '../clock.ts'
import type { Store } from '../store/client.ts'
import { insertRows } from '../store/insert-rows.ts'
import type { KeyStore, NewSubject, SubjectKey, TenantKey } from './key-store.ts'

/** Wrapped keys in ClickHouse, for processes on many machines. Closing it closes the store's client. */
export function openClickHouseKeys(store: Store, clock: Clock = steadyClock): KeyStore {
  let erasures = 0
  let erasures_read_ms = Number.NEGATIVE_INFINITY

  async function tenantKey(tenant: string): Promise<TenantKey | undefined> {
    const sql = 'SELECT tenant, wrapped FROM tenant_keys WHERE tenant = {tenant:String} LIMIT 1'
    return (await store.query<TenantKey>(sql, { tenant }))[0]
  }

  return {
    async anyTenantKey() {
      return (await store.query<TenantKey>('SELECT tenant, wrapped FROM tenant_keys LIMIT 1'))[0]
    },
    tenantKey,
    addTenantKey: (key) => addTenantKey(store, key, tenantKey),

    subjectKeys: (tenant, subjects) => subjectKeys(store, tenant, subjects),
    addSubjects: (tenant, subjects) => addSubjects(store, tenant, subjects),
    async keyById(tenant, id) {
      const sql = 'SELECT id, wrapped FROM subject_keys WHERE tenant = {tenant:String} AND id = {id:String} LIMIT 1'
      return (await store.query<SubjectKey>(sql, { tenant, id }))[0]
    },

    async erase(tenant, what) {
      const destroyed = await erase(store, tenant, what)
      erasures_read_ms = Number.NEGATIVE_INFINITY
      return destroyed
    },
    // Asked before each batch is sealed; another process's erasure is noticed a second later at most.
    async erasures() {
      if (clock() - erasures_read_ms < ERASURES_FRESH_MS) return erasures
      const [row] = await store.query<{ count: string }>('SELECT count() AS count FROM erasures')
      erasures = Number(row!.count)
      erasures_read_ms = clock()
      return erasures
    },
    close: () => store.close(),
  }
}

/**
 * The token lets one insert in, whoever races. An insert that died half-way may have left its token and no row; then
 * the next token is tried.
 */
async function addTenantKey(
  store: Store,
  key: TenantKey,
  read: (tenant: string) => Promise<TenantKey | undefined>,
): Promise<TenantKey> {
  for (let attempt = 0; attempt < TOKENS_MAX; attempt += 1) {
    const token = `tenant-key:${key.tenant}:${attempt}`
    await insertRows(store, 'tenant_keys', ['tenant', 'wrapped'], [[key.tenant, key.wrapped]], { token })
    const winner = await read(key.tenant)
    if (winner !== undefined) return winner
  }
  throw new Error(`the key of tenant ${key.tenant} was inserted ${TOKENS_MAX} times and is not there`)
}

async function subjectKeys(store: Store, tenant: string, subjects: readonly string[]) {
  const found = new Map<string, SubjectKey>()
  for (let from = 0; from < subjects.length; from += SUBJECTS_A_QUERY) {
    const some = subjects.slice(from, from + SUBJECTS_A_QUERY)
    const rows = await store.query<SubjectKey & { subject: string }>(
      `SELECT toString(subject) AS subject, id, wrapped FROM subject_keys
       WHERE tenant = {tenant:String} AND subject IN (SELECT arrayJoin({some:Array(FixedString(32))}))
       ORDER BY subject, id LIMIT 1 BY subject`,
      { tenant, some },
    )
    for (const { subject, id, wrapped } of rows) found.set(subject, { id, wrapped })
  }
  return found
}

/** Links before keys: what has a key can be found by its handles. */
async function addSubjects(store: Store, tenant: string, subjects: readonly NewSubject[]) {
  const keys = await subjectKeys(
    store,
    tenant,
    subjects.map(({ subject }) => subject),
  )
  const links = subjects.flatMap(({ subject, handles }) => handles.map((handle) => [tenant, handle, subject]))
  if (links.length > 0) await insertRows(store, 'subject_links', ['tenant', 'handle', 'subject'], links)
  const missing = subjects.filter(({ subject }) => !keys.has(subject))
  const rows = missing.map(({ subject, key }) => [tenant, subject, key.id, key.wrapped])
  if (rows.length > 0) await insertRows(store, 'subject_keys', ['tenant', 'subject', 'id', 'wrapped'], rows)
  for (const { subject, key } of missing) keys.set(subject, key)
  return keys
}

async function erase(store: Store, tenant: string, { subjects, handles }: Parameters<KeyStore['erase']>[1]) {
  const linked = await store.query<{ subject: string }>(
    `SELECT DISTINCT toString(subject) AS subject FROM subject_links
     WHERE tenant = {tenant:String} AND handle IN (SELECT arrayJoin({handles:Array(FixedString(32))}))`,
    { tenant, handles },
  )
  const all = [...new Set([...subjects, ...linked.map(({ subject }) => subject)])]
  const [count] = await store.query<{ keys: string }>(
    `SELECT count() AS keys FROM subject_keys
     WHERE tenant = {tenant:String} AND subject IN (SELECT arrayJoin({all:Array(FixedString(32))}))`,
    { tenant, all },
  )
  // A lightweight DELETE would only hide the rows. The list stands in the text, since a mutation outlives its query.
  const list = all.map((subject) => `'${subject}'`).join(', ')
  for (const table of ['subject_keys', 'subject_links']) {
    const settings = { mutations_sync: 2 }
    await store.command(
      `ALTER TABLE ${table} DELETE WHERE tenant = {tenant:String} AND subject IN (${list})`,
      { tenant },
      { settings },
    )
  }
  await insertRows(store, 'erasures', ['tenant'], [[tenant]])
  return Number(count!.keys)
}

const TOKENS_MAX = 3
const ERASURES_FRESH_MS = 1_000
const SUBJECTS_A_QUERY = 5_000

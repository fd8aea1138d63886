import type { DatabaseSync } from 'node:sqlite'
import { emptyWal, openSqlite, transaction } from '../sqlite.ts'
import type { KeyStore, NewSubject, SubjectKey, TenantKey } from './key-store.ts'

/** Wrapped keys in one SQLite file: any number of threads and processes of this machine may open it at once. */
export function openEmbeddedKeys(file: string): KeyStore {
  const db = openSqlite(file, FORMAT, SCHEMA)
  const subjectKeys = subjectReader(db)
  const anyTenant = db.prepare('SELECT tenant, wrapped FROM tenant_keys LIMIT 1')
  const oneTenant = db.prepare('SELECT tenant, wrapped FROM tenant_keys WHERE tenant = ?')
  const newTenant = db.prepare('INSERT OR IGNORE INTO tenant_keys VALUES (?, ?)')
  const newKey = db.prepare('INSERT INTO subject_keys VALUES (?, ?, ?, ?)')
  const newLink = db.prepare('INSERT OR IGNORE INTO subject_links VALUES (?, ?, ?)')
  const byId = db.prepare('SELECT id, wrapped FROM subject_keys WHERE tenant = ? AND id = ?')
  const erasures = db.prepare('SELECT count FROM erasures')

  return {
    anyTenantKey: async () => anyTenant.get() as TenantKey | undefined,
    tenantKey: async (tenant) => oneTenant.get(tenant) as TenantKey | undefined,
    async addTenantKey({ tenant, wrapped }) {
      transaction(db, () => newTenant.run(tenant, wrapped))
      return oneTenant.get(tenant) as TenantKey
    },

    subjectKeys: async (tenant, subjects) => subjectKeys(tenant, subjects),
    async addSubjects(tenant, subjects) {
      return transaction(db, () => {
        const keys = new Map(subjectKeys(tenant, subjects.map(subjectOf)))
        for (const { subject, key, handles } of subjects) {
          if (!keys.has(subject)) {
            newKey.run(tenant, subject, key.id, key.wrapped)
            keys.set(subject, key)
          }
          for (const handle of handles) newLink.run(tenant, handle, subject)
        }
        return keys
      })
    },
    keyById: async (tenant, id) => byId.get(tenant, id) as SubjectKey | undefined,

    erase: async (tenant, what) => erase(db, tenant, what),
    erasures: async () => (erasures.get() as { count: number }).count,
    close: async () => db.close(),
  }
}

type Reader = (tenant: string, subjects: readonly string[]) => Map<string, SubjectKey>

function subjectReader(db: DatabaseSync): Reader {
  const read = db.prepare('SELECT id, wrapped FROM subject_keys WHERE tenant = ? AND subject = ? LIMIT 1')
  return (tenant, subjects) => {
    const found = new Map<string, SubjectKey>()
    for (const subject of subjects) {
      const key = read.get(tenant, subject) as SubjectKey | undefined
      if (key !== undefined) found.set(subject, key)
    }
    return found
  }
}

/** `secure_delete` overwrites the rows in the file; emptying the WAL takes them out of there too. */
function erase(db: DatabaseSync, tenant: string, { subjects, handles }: Parameters<KeyStore['erase']>[1]): number {
  const destroyed = transaction(db, () => {
    const linked = db.prepare('SELECT subject FROM subject_links WHERE tenant = ? AND handle = ?')
    const all = new Set(subjects)
    for (const handle of handles) {
      for (const row of linked.all(tenant, handle) as { subject: string }[]) all.add(row.subject)
    }
    const deleteKeys = db.prepare('DELETE FROM subject_keys WHERE tenant = ? AND subject = ?')
    const deleteLinks = db.prepare('DELETE FROM subject_links WHERE tenant = ? AND subject = ?')
    let keys = 0
    for (const subject of all) {
      keys += Number(deleteKeys.run(tenant, subject).changes)
      deleteLinks.run(tenant, subject)
    }
    db.exec('UPDATE erasures SET count = count + 1')
    return keys
  })
  emptyWal(db)
  return destroyed
}

function subjectOf({ subject }: NewSubject): string {
  return subject
}

const FORMAT = 1
const SCHEMA = `
  CREATE TABLE tenant_keys (tenant TEXT PRIMARY KEY, wrapped TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE subject_keys (
    tenant TEXT NOT NULL, subject TEXT NOT NULL, id TEXT NOT NULL, wrapped TEXT NOT NULL,
    PRIMARY KEY (tenant, subject, id)
  ) WITHOUT ROWID;
  CREATE UNIQUE INDEX subject_keys_by_id ON subject_keys (tenant, id);
  CREATE TABLE subject_links (
    tenant TEXT NOT NULL, handle TEXT NOT NULL, subject TEXT NOT NULL,
    PRIMARY KEY (tenant, handle, subject)
  ) WITHOUT ROWID;
  CREATE INDEX subject_links_by_subject ON subject_links (tenant, subject);
  CREATE TABLE erasures (count INTEGER NOT NULL);
  INSERT INTO erasures VALUES (0)`

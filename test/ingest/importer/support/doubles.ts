import type { Checkpoints } from '../../../../ingest/importer/checkpoint.ts'
import type { Query } from '../../../../ingest/importer/write/rejects.ts'
import type { LogRecord } from '../../../../pipelines/log/port.ts'
import type { Vault } from '../../../../pipelines/vault/port.ts'
import type { CanonicalEvent, CanonicalReject } from '../../../../schemas/canonical.ts'
import { familyOf } from '../../../../schemas/events/registry.ts'
import { hash64Hex } from '../../../../schemas/hash.ts'

/** Stands in for the vault: reversible, and never the same text twice, as ciphertext is. */
export function vaultDouble(): Vault {
  let nonce = 0
  const close = (text: string) => `${nonce++}:${Buffer.from(text).toString('base64')}`
  const opened = (text: string) => Buffer.from(text.slice(text.indexOf(':') + 1), 'base64').toString()
  return {
    async seal(tenant, items) {
      return items.map(({ subject, personal }) => ({
        blob: close(JSON.stringify(personal)),
        hmac: hash64Hex(`${tenant}/${subject}/${JSON.stringify(personal)}`),
      }))
    },
    async open(_tenant, blob) {
      return JSON.parse(opened(blob))
    },
    sealRaw: async (_tenant, raw) => close(raw),
    openRaw: async (_tenant, sealed) => opened(sealed),
    hmac: async (tenant, kind, value) => `${tenant}/${kind}/${value}`,
    erase: async () => ({ keys_destroyed: 0 }),
    async close() {},
  }
}

/** Stands in for pipeline and store: judges what lies on the log as the facts pipeline does, when it is asked. */
export function storeDouble(records: () => readonly LogRecord[]): Query {
  return {
    async query<T>(sql: string, params: Readonly<Record<string, unknown>> = {}): Promise<T[]> {
      const judged = judge(records())
      const mine = (row: { tenant: string; run?: string | undefined }) =>
        row.tenant === params.tenant && row.run === params.run
      if (sql.includes('FROM identities')) return [{ n: judged.accepted.filter(mine).length }] as T[]
      if (sql.includes('FROM fact_refunds')) return [{ n: 0 }] as T[]
      if (sql.includes("stage != 'ingest'")) return [{ n: judged.conflicts.filter(mine).length }] as T[]
      if (sql.includes('raw_sealed')) {
        const rows = judged.rejects.filter(({ tenant }) => tenant === params.tenant)
        return rows.map((row) => ({ source: row.source, ...row.rejection, raw_sealed: row.raw_sealed })) as T[]
      }
      throw new Error(`not foreseen: ${sql}`)
    },
  }
}

function judge(records: readonly LogRecord[]) {
  const contents = new Map<string, string>()
  const accepted: CanonicalEvent[] = []
  const conflicts: CanonicalEvent[] = []
  const rejects: CanonicalReject[] = []
  for (const { value } of records) {
    const parsed = JSON.parse(value!.toString()) as CanonicalEvent | CanonicalReject
    if (parsed.c === 0) {
      rejects.push(parsed)
      continue
    }
    const identity = [parsed.tenant, parsed.source, parsed.type, parsed.id].join('\0')
    const before = contents.get(identity)
    if (before === parsed.h) continue
    if (before !== undefined && !familyOf.get(parsed.type)!.observed) conflicts.push(parsed)
    else {
      contents.set(identity, parsed.h)
      accepted.push(parsed)
    }
  }
  return { accepted, conflicts, rejects }
}

/** Checkpoints in memory; `frozen` ones forget what is set, as after a kill right behind the last one kept. */
export function checkpointsDouble(): Checkpoints & { readonly kept: Map<string, string>; frozen: boolean } {
  const kept = new Map<string, string>()
  return {
    kept,
    frozen: false,
    get: async (key) => kept.get(key),
    async set(key, value) {
      if (!this.frozen || !kept.has(key)) kept.set(key, value)
    },
    async delete(key) {
      kept.delete(key)
    },
  }
}

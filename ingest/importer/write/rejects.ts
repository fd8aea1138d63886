import { createHash } from 'node:crypto'
import type { AppendRecord } from '../../../pipelines/log/port.ts'
import type { Vault } from '../../../pipelines/vault/port.ts'
import { encodeReject } from '../../../schemas/canonical.ts'
import { LIMITS } from '../limits.ts'
import type { LineReject } from '../thread/batch.ts'

/** The part of the store that an import asks. */
export type Query = {
  query<T>(sql: string, params?: Readonly<Record<string, unknown>>): Promise<T[]>
}

/**
 * Makes the log records of rejected lines, so that each is in `failed_events` once. A reject is the same reject when
 * tenant, source, line number, reason and text are: a second import of a file adds none, a mended line is gone, and
 * two equal bad lines of one file are two.
 */
export type Rejects = {
  /** Records to append, by partition; those already known are left out. */
  records(rejects: readonly LineReject[]): Promise<Map<number, AppendRecord[]>>
}

export function makeRejects(deps: {
  readonly vault: Vault
  readonly store: Query
  readonly tenant: string
  readonly run: string
  readonly partitions: number
  /** Fingerprints of this run that are on the log already. */
  readonly durable: ReadonlySet<string>
}): Rejects {
  const { vault, store, tenant, run, partitions } = deps
  let known: Promise<Set<string>> | undefined
  return {
    async records(rejects) {
      const out = new Map<number, AppendRecord[]>()
      if (rejects.length === 0) return out
      known ??= knownRejects(store, vault, tenant)
      const seen = await known
      for (const { source, rejection, raw } of rejects) {
        const key = fingerprint({ source, ...rejection, raw }, tenant)
        const hex = key.toString('hex')
        if (seen.has(hex) || deps.durable.has(hex)) continue
        const raw_sealed = await vault.sealRaw(tenant, raw)
        const value = Buffer.from(encodeReject({ tenant, source, run, rejection, raw_sealed }))
        const partition = key.readUInt32LE(0) % partitions
        const list = out.get(partition)
        if (list === undefined) out.set(partition, [{ key, value }])
        else list.push({ key, value })
      }
      return out
    },
  }
}

type Told = { source: string; code: string; path: string; reason: string; raw: string }

function fingerprint(told: Told, tenant: string): Buffer {
  const hash = createHash('sha256')
  for (const part of [tenant, told.source, told.code, told.path, told.reason, told.raw]) hash.update(part).update('\0')
  return hash.digest().subarray(0, 16)
}

/** What earlier imports refused. Only short texts are compared; a long one is refused again in every import. */
async function knownRejects(store: Query, vault: Vault, tenant: string): Promise<Set<string>> {
  const rows = await store.query<Omit<Told, 'raw'> & { raw_sealed: string }>(
    `SELECT source, code, path, reason, raw_sealed FROM failed_events
     WHERE tenant = {tenant:String} AND run != '' AND stage = 'ingest' AND length(raw_sealed) <= 4096
     ORDER BY failed_at DESC LIMIT ${LIMITS.known_rejects_max}`,
    { tenant },
  )
  const known = new Set<string>()
  for (const row of rows) {
    const raw = await vault.openRaw(tenant, row.raw_sealed)
    known.add(fingerprint({ ...row, raw }, tenant).toString('hex'))
  }
  return known
}

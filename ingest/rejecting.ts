import { createHash } from 'node:crypto'
import type { Log } from '../pipelines/log/port.ts'
import type { Vault } from '../pipelines/vault/port.ts'
import { encodeReject } from '../schemas/canonical.ts'
import type { Rejection } from '../schemas/parse.ts'

/** Puts what cannot become an event on the log, sealed, so that it ends among the dead letters and can be replayed. */
export type Rejecter = {
  reject(tenant: string, source: string, raw: string, rejection: Rejection): Promise<void>
}

export type RejecterDeps = {
  readonly log: Log
  readonly vault: Vault
  readonly topic: string
  readonly partitions: number
}

/**
 * The same text of the same source that comes again and again (a webhook that is retried for hours) is put on the log
 * once, as far back as the memory of this process goes.
 */
export function makeRejecter({ log, vault, topic, partitions }: RejecterDeps): Rejecter {
  const recent = new Set<string>()
  return {
    async reject(tenant, source, raw, rejection) {
      const key = createHash('sha256').update(`${tenant}\0${source}\0${rejection.code}\0`).update(raw).digest()
      const name = key.toString('base64')
      if (recent.has(name)) return
      const raw_sealed = await vault.sealRaw(tenant, raw)
      const value = Buffer.from(encodeReject({ tenant, source, rejection, raw_sealed }))
      await log.append(topic, key.readUInt32LE(0) % partitions, [{ key: key.subarray(0, 16), value }])
      if (recent.size >= RECENT_MAX) recent.clear()
      recent.add(name)
    },
  }
}

const RECENT_MAX = 10_000

import { unpackRecords } from '../../../pipelines/log/packed.ts'
import type { AppendRecord, PackedRecords } from '../../../pipelines/log/port.ts'
import type { Vault } from '../../../pipelines/vault/port.ts'
import { encodeEvent } from '../../../schemas/canonical.ts'
import type { Batch } from '../thread/batch.ts'

/** What goes to one partition, in this order. */
export type Parcel = { readonly packed: PackedRecords | undefined; readonly records: readonly AppendRecord[] }

/**
 * What a batch brings to each partition, in the order of the file. Events with personal data come unpacked and are
 * sealed here: the vault makes keys and must have one owner, and such events are few in most files. A partition that
 * has one gets its records one by one; any other gets them as they were packed.
 */
export async function parcelsOf(
  batch: Batch,
  { vault, tenant, run }: { readonly vault: Vault; readonly tenant: string; readonly run: string },
): Promise<Parcel[]> {
  if (batch.unsealed.length === 0) return batch.parts.map((packed) => ({ packed, records: [] }))
  const sealed = await vault.seal(
    tenant,
    batch.unsealed.map(({ event }) => ({ subject: event.subject ?? event.id, personal: event.personal! })),
  )
  const concerned = new Set(batch.unsealed.map(({ partition }) => partition))
  const parts = batch.parts.map((packed, partition) => (concerned.has(partition) ? unpackRecords(packed) : []))
  const merged = parts.map((): AppendRecord[] => [])
  const taken = parts.map(() => 0)
  const takeUntil = (partition: number, end: number) => {
    for (let i = taken[partition]!; i < end; i++) merged[partition]!.push(parts[partition]![i]!)
    taken[partition] = end
  }
  for (const [i, { partition, before, key, event }] of batch.unsealed.entries()) {
    takeUntil(partition, before)
    merged[partition]!.push({ key: Buffer.from(key), value: Buffer.from(encodeEvent(event, sealed[i], run)) })
  }
  for (const [partition, part] of parts.entries()) takeUntil(partition, part.length)
  return batch.parts.map((packed, partition) =>
    concerned.has(partition) ? { packed: undefined, records: merged[partition]! } : { packed, records: [] },
  )
}

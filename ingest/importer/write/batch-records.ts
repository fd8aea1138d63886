import type { AppendRecord } from '../../../pipelines/log/port.ts'
import type { Vault } from '../../../pipelines/vault/port.ts'
import { encodeEvent } from '../../../schemas/canonical.ts'
import { type Batch, unpack } from '../thread/batch.ts'

/**
 * The log records of a batch, per partition and in the order of the file. Events with personal data come unpacked and
 * are sealed here: the vault makes keys and must have one owner, and such events are few in most files.
 */
export async function recordsOf(
  batch: Batch,
  { vault, tenant, run }: { readonly vault: Vault; readonly tenant: string; readonly run: string },
): Promise<AppendRecord[][]> {
  const parts = batch.parts.map(unpack)
  if (batch.unsealed.length === 0) return parts
  const sealed = await vault.seal(
    tenant,
    batch.unsealed.map(({ event }) => ({ subject: event.subject ?? event.id, personal: event.personal! })),
  )
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
  return merged
}

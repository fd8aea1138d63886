/** The door of ingestion over a log in memory and a true vault, for tests of what hands events to it. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Acceptor } from '../../ingest/accept.ts'
import { makeAcceptor } from '../../ingest/accepting.ts'
import { type Duplicates, makeDuplicates } from '../../ingest/duplicates.ts'
import { Bloom } from '../../pipelines/identities/bloom.ts'
import type { Store } from '../../pipelines/store/client.ts'
import { openEmbeddedTenants } from '../../pipelines/tenants/embedded-tenants.ts'
import type { Tenants } from '../../pipelines/tenants/port.ts'
import { makeTenants } from '../../pipelines/tenants/tenants.ts'
import { openEmbeddedKeys } from '../../pipelines/vault/embedded-keys.ts'
import type { Vault } from '../../pipelines/vault/port.ts'
import { makeVault } from '../../pipelines/vault/vault.ts'
import type { CanonicalEvent } from '../../schemas/canonical.ts'
import { type MemoryLog, openMemoryLog } from './memory-log.ts'
import { emptyStore } from './store-double.ts'

export const NOW_MS = Date.UTC(2026, 0, 15, 12)
export const TOPIC = 'events'
export const PARTITIONS = 4

export type Door = {
  readonly home: string
  readonly log: MemoryLog
  readonly vault: Vault
  /** None is there yet. */
  readonly tenants: Tenants
  readonly duplicates: Duplicates
  readonly acceptor: Acceptor
  /** Events on the log, in the order of partitions and offsets. */
  events(): CanonicalEvent[]
  close(): Promise<void>
}

export async function openDoor(options: { store?: Store; bloom?: Bloom | undefined } = {}): Promise<Door> {
  const home = mkdtempSync(join(tmpdir(), 'omnify-door-'))
  // In memory: a file would cost every test a dozen fsyncs.
  const vault = await makeVault({ keys: openEmbeddedKeys(':memory:'), key_file: join(home, 'kek') })
  const tenants = makeTenants({ store: openEmbeddedTenants(':memory:'), home, pepper: Buffer.alloc(32, 7) })
  const log = openMemoryLog({ clock: () => NOW_MS })
  await log.ensureTopics([{ name: TOPIC, partitions: PARTITIONS, retention_ms: 1, retention_bytes: 1 }])
  const duplicates = makeDuplicates({
    store: options.store ?? emptyStore,
    bloom: 'bloom' in options ? options.bloom : new Bloom(1024),
    topic: TOPIC,
    partitions: PARTITIONS,
    clock: () => NOW_MS,
    onStoreError: () => {},
  })
  const acceptor = makeAcceptor({ log, vault, duplicates, clock: () => NOW_MS, topic: TOPIC, partitions: PARTITIONS })
  return {
    home,
    log,
    vault,
    tenants,
    duplicates,
    acceptor,
    events: () => log.all(TOPIC).map(({ value }) => JSON.parse(value!.toString())),
    async close() {
      duplicates.close()
      await vault.close()
      await tenants.close()
      await log.close()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** A valid order event. */
export function order(id: string, data: Record<string, unknown> = {}, envelope: Record<string, unknown> = {}) {
  return {
    id,
    source: 'shop',
    type: 'order.observed',
    version: 1,
    occurred_at: '2026-01-15T10:00:00Z',
    data: { ordered_at: '2026-01-15T09:59:00Z', currency: 'USD', total: '12.50', status: 'paid', ...data },
    ...envelope,
  }
}

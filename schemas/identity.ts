import { hash128 } from './hash.ts'

/** What makes an event the same event: (tenant, source, type, id). */
export type Identity = { readonly tenant: string; readonly source: string; readonly type: string; readonly id: string }

/** One string per identity. U+0000 cannot occur in any of the parts (the schemas refuse it). */
export function identityKey(identity: Identity): string {
  return `${identity.tenant}\0${identity.source}\0${identity.type}\0${identity.id}`
}

/** The 128-bit hash of an identity, as four words, into `out`. */
export function identityHash(identity: Identity, out: Uint32Array): void {
  hash128(identityKey(identity), 0, out)
}

/**
 * The partition of an event: all observations of one identity, and an order with its refunds, share one, because
 * what supersedes what is decided by the one writer of that partition.
 */
export function partitionOf(identity: Identity, group: string, partitions: number): number {
  hash128(`${identity.tenant}\0${identity.source}\0${group}`, 0, scratch)
  return scratch[0]! % partitions
}

// Safe as module state: written and read within one synchronous call.
const scratch = new Uint32Array(4)

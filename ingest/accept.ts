import type { Tenant } from '../pipelines/tenants/port.ts'
import type { Rejection } from '../schemas/parse.ts'

/**
 * The one door that events come in through: collector, webhooks, importer and world all hand their events to it.
 * It parses, seals personal data, encodes and appends; it resolves when all that was accepted is durable on the log.
 */
export type Acceptor = {
  accept(tenant: Tenant, events: readonly unknown[] | JsonEvents, options?: AcceptOptions): Promise<readonly Verdict[]>
}

/** `run` marks the events of one import, so that its outcome can be counted exactly afterwards. */
export type AcceptOptions = { readonly run?: string }

export type Verdict = 'accepted' | 'duplicate' | Rejection

/** Events that still are JSON text. Most of them never become objects: see `schemas/direct`. */
export type JsonEvents = {
  readonly bytes: Buffer
  /** Where each event begins and ends; it ends at -1 where only `parse` may judge it. */
  readonly starts: readonly number[]
  readonly ends: readonly number[]
  /** One event as an object, or why it is none. What it throws is thrown by `accept`, which then has taken nothing. */
  parse(index: number): { readonly event: unknown } | { readonly rejection: Rejection }
}

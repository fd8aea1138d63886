import type { Tenant } from '../pipelines/tenants/port.ts'
import type { Rejection } from '../schemas/parse.ts'

/**
 * The one door that events come in through: collector, webhooks, importer and world all hand their events to it.
 * It parses, seals personal data, encodes and appends; it resolves when all that was accepted is durable on the log.
 */
export type Acceptor = {
  accept(tenant: Tenant, events: readonly unknown[], options?: AcceptOptions): Promise<readonly Verdict[]>
}

/** `run` marks the events of one import, so that its outcome can be counted exactly afterwards. */
export type AcceptOptions = { readonly run?: string }

export type Verdict = 'accepted' | 'duplicate' | Rejection

import type { WorldEvent } from '../../../ingest/world/model.ts'
import { parseEvent } from '../../../schemas/parse.ts'

/** One content of one identity: what must be in the facts once, however often it was sent. */
export type Content = {
  /** Of the identity. */
  readonly identity: string
  readonly source: string
  readonly type: string
  readonly id: string
  readonly occurred_ms: number
  /** The partition follows from it. */
  readonly group: string
  readonly data: Data
}

/** Canonical data of any type, as far as the harness looks into them. */
export type Data = Readonly<Record<string, unknown>>

/** @throws Error for an event that the collector must not have taken */
export function contentOf(event: WorldEvent): Content {
  // Far ahead of any clock: what is too late is the engine's to find out.
  const parsed = parseEvent(event, { tenant: TENANT, zone: 'UTC', now_ms: 4e12 })
  if (!parsed.ok) throw new Error(`${event.id} was accepted: ${JSON.stringify(parsed.rejection)}`)
  const { source, type, id, occurred_ms, group, data } = parsed.event
  return { identity: identityOf({ source, type, id }), source, type, id, occurred_ms, group, data: data as Data }
}

export function identityOf(event: { readonly source: string; readonly type: string; readonly id: string }): string {
  return `${event.source}|${event.type}|${event.id}`
}

/** Two sendings of the same content have the same key. */
export function contentKey(event: Pick<Content, 'identity' | 'occurred_ms' | 'data'>): string {
  return `${event.identity}|${event.occurred_ms}|${JSON.stringify(event.data)}`
}

/** Whether several contents of one id are observations of it, or a conflict. */
export function isObserved(type: string): boolean {
  return type.endsWith('.observed')
}

export const TENANT = 'demo'

import { type CanonicalEvent, type CanonicalReject, encodeEvent, isCanonical } from '../../schemas/canonical.ts'
import { isReject, isWellFormed } from '../../schemas/canonical-shape.ts'
import { familyOf } from '../../schemas/events/registry.ts'
import type { ParsedEvent, Rejection } from '../../schemas/parse.ts'
import { parseEvent } from '../../schemas/parse.ts'
import type { LogRecord } from '../log/port.ts'
import type { Tenants } from '../tenants/port.ts'
import type { Vault } from '../vault/port.ts'

/** A record of the events topic, read: an event, or what goes to the dead letters. */
export type Decoded =
  | { readonly ok: true; readonly record: LogRecord; readonly event: CanonicalEvent }
  | { readonly ok: false; readonly record: LogRecord; readonly failure: Failure }

export type DecodedEvent = Decoded & { readonly ok: true }

export type Failure = {
  readonly tenant: string
  readonly source: string
  readonly type: string
  readonly schema_version: number
  readonly stage: string
  readonly rejection: Rejection
  readonly run: string
  /** The bytes as they came, sealed: they may hold personal data. */
  readonly raw_sealed: string
}

export type DecodeDeps = {
  readonly vault: Vault
  readonly tenants: Tenants
  /** Whether only we can have written the log: then a canonical value is taken at its word. */
  readonly is_own_log: boolean
}

/**
 * Reads a batch of records in order. Our own ingest writes canonical values, whose fields were checked at the border;
 * anything else on the topic was written by a foreign producer and is parsed here as the collector would.
 */
export async function decodeBatch(
  records: readonly LogRecord[],
  poisoned: ReadonlyMap<number, string>,
  deps: DecodeDeps,
): Promise<Decoded[]> {
  const out = new Array<Decoded>(records.length)
  const slow: number[] = []
  for (let i = 0; i < records.length; i++) {
    const record = records[i]!
    const fast = poisoned.size > 0 && poisoned.has(record.offset) ? undefined : decodeOwn(record, deps.is_own_log)
    if (fast === undefined) slow.push(i)
    else out[i] = fast
  }
  for (const i of slow) {
    const record = records[i]!
    const reason = poisoned.get(record.offset)
    out[i] =
      reason === undefined
        ? await decodeForeign(record, deps)
        : await failed(record, deps, unknownOrigin(), 'insert', { code: 'store_rejected', path: '', reason })
  }
  return out
}

/** A record that was an event before, once more. */
export async function decodeAgain(
  record: LogRecord,
  poisoned: ReadonlyMap<number, string>,
  deps: DecodeDeps,
): Promise<DecodedEvent> {
  const [item] = await decodeBatch([record], poisoned, deps)
  if (item?.ok !== true) throw new Error(`the record at ${record.offset} was an event and is none any more`)
  return item
}

/** An own canonical event, or undefined where the slow path must look at the record. */
function decodeOwn(record: LogRecord, is_own_log: boolean): Decoded | undefined {
  const { value } = record
  if (value === null || !isCanonical(value)) return undefined
  let parsed: CanonicalEvent | CanonicalReject
  try {
    parsed = JSON.parse(value.toString('utf8'))
  } catch (error) {
    // Begins like ours and is no JSON: somebody else's. The slow path says so in the dead letter.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
  if (parsed.c === 1) {
    const isSound = is_own_log ? familyOf.has(parsed.type) : isWellFormed(parsed)
    return isSound ? { ok: true, record, event: parsed } : undefined
  }
  if (!is_own_log && !isReject(parsed)) return undefined
  const { tenant, source, rejection, raw_sealed, run = '' } = parsed
  const failure = { tenant, source, type: '', schema_version: 0, stage: 'ingest', rejection, run, raw_sealed }
  return { ok: false, record, failure }
}

async function decodeForeign(record: LogRecord, deps: DecodeDeps): Promise<Decoded> {
  let raw: unknown
  try {
    raw = JSON.parse(record.value?.toString('utf8') ?? '')
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return failed(record, deps, unknownOrigin(), 'decode', {
      code: 'invalid_json',
      path: '',
      reason: error.message.slice(0, 200),
    })
  }
  const origin = originOf(raw)
  const tenant = origin.tenant === '' ? undefined : await deps.tenants.get(origin.tenant)
  if (tenant === undefined) {
    return failed(record, deps, { ...origin, tenant: '' }, 'decode', {
      code: 'tenant_mismatch',
      path: 'tenant',
      reason: 'no such tenant',
    })
  }
  // `now` is when the log took the record: the verdict must be the same whenever it is read.
  const result = parseEvent(raw, { tenant: tenant.name, zone: tenant.zone, now_ms: record.timestamp_ms })
  if (!result.ok) return failed(record, deps, origin, 'decode', result.rejection)
  return { ok: true, record, event: await canonical(result.event, deps.vault) }
}

async function canonical(event: ParsedEvent, vault: Vault): Promise<CanonicalEvent> {
  const [sealed] =
    event.personal === undefined
      ? []
      : await vault.seal(event.tenant, [{ subject: event.subject ?? event.id, personal: event.personal }])
  return JSON.parse(encodeEvent(event, sealed, undefined))
}

async function failed(
  record: LogRecord,
  deps: DecodeDeps,
  origin: Origin,
  stage: string,
  rejection: Rejection,
): Promise<Decoded> {
  const raw_sealed = await deps.vault.sealRaw(origin.tenant || UNKNOWN_TENANT, record.value?.toString('utf8') ?? '')
  return { ok: false, record, failure: { ...origin, stage, rejection, run: '', raw_sealed } }
}

type Origin = Pick<Failure, 'tenant' | 'source' | 'type' | 'schema_version'>

/** What a broken record still tells of itself, for the dead letter only. */
function originOf(raw: unknown): Origin {
  if (typeof raw !== 'object' || raw === null) return unknownOrigin()
  const { tenant, source, type, version } = raw as Record<string, unknown>
  const word = (value: unknown) => (typeof value === 'string' ? value.slice(0, 64) : '')
  const schema_version =
    typeof version === 'number' && Number.isInteger(version) && version > 0 && version < 65_536 ? version : 0
  return { tenant: word(tenant), source: word(source), type: word(type), schema_version }
}

function unknownOrigin(): Origin {
  return { tenant: '', source: '', type: '', schema_version: 0 }
}

/** Raw bytes of nobody's are sealed under a tenant key of their own. */
export const UNKNOWN_TENANT = '_unknown'

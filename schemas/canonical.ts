import { hash64Hex } from './hash.ts'
import type { Rejection } from './parse.ts'

/**
 * What lies on the log: valid events in one canonical spelling, and rejects that still need their dead letter.
 *
 * A canonical value begins with `{"c":1,`; anything else on the topic comes from a foreign producer and is parsed
 * like an event at the collector. The content fingerprint `h` leaves out what two sendings of the same event may
 * differ in: ciphertext (its nonce is random), the time of receipt, the import run.
 */
export type CanonicalEvent = {
  readonly c: 1
  readonly tenant: string
  readonly source: string
  readonly type: string
  readonly version: number
  readonly id: string
  readonly occurred_ms: number
  /** Fingerprint of the content: 16 hex digits. */
  readonly h: string
  readonly run?: string
  readonly data: unknown
  readonly sealed?: Sealed
}

/** Personal data after encryption; the HMACs (tenant's pepper) are what joins use. */
export type Sealed = {
  readonly blob: string
  /** HMAC over all personal fields together: two sendings of the same person agree in it. */
  readonly hmac: string
  readonly email_hmac?: string
  readonly phone_hmac?: string
}

/** A record that could not become an event but must be accounted for. `raw` may hold personal data: always sealed. */
export type CanonicalReject = {
  readonly c: 0
  readonly tenant: string
  readonly source: string
  readonly run?: string
  readonly rejection: Rejection
  readonly raw_sealed: string
}

type Unsealed = Pick<CanonicalEvent, 'tenant' | 'source' | 'type' | 'version' | 'id' | 'occurred_ms' | 'data'>

/** The JSON text of a canonical event. */
export function encodeEvent(event: Unsealed, sealed: Sealed | undefined, run: string | undefined): string {
  return encodeWithHash(event, sealed, run).text
}

/** The JSON text of a canonical event, and the fingerprint `h` in it. */
export function encodeWithHash(event: Unsealed, sealed: Sealed | undefined, run: string | undefined) {
  const data = JSON.stringify(event.data)
  const h = hash64Hex(`${event.occurred_ms}|${event.version}|${sealed?.hmac ?? ''}|${data}`)
  const head = `{"c":1,"tenant":${quote(event.tenant)},"source":${quote(event.source)},"type":"${event.type}","version":${event.version},"id":${JSON.stringify(event.id)},"occurred_ms":${event.occurred_ms},"h":"${h}"`
  const tail = sealed === undefined ? '}' : `,"sealed":${JSON.stringify(sealed)}}`
  return { text: `${head}${run === undefined ? '' : `,"run":${quote(run)}`},"data":${data}${tail}`, h }
}

export function encodeReject(reject: Omit<CanonicalReject, 'c'>): string {
  return JSON.stringify({ c: 0, ...reject })
}

/** Whether a log value is one of ours, by its first bytes. */
export function isCanonical(value: Uint8Array): boolean {
  // {"c":1,  or  {"c":0,
  return (
    value.length > 7 &&
    value[0] === 0x7b &&
    value[1] === 0x22 &&
    value[2] === 0x63 &&
    value[3] === 0x22 &&
    value[4] === 0x3a &&
    (value[5] === 0x31 || value[5] === 0x30) &&
    value[6] === 0x2c
  )
}

function quote(word: string): string {
  return JSON.stringify(word)
}

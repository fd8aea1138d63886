import { errors, type JWTVerifyGetKey } from 'jose'
import type { Clock } from '../../clock.ts'
import { TenantError } from '../error.ts'
import { type KeySet, LEAVING_MS, mergeKeys } from './key-set.ts'

export type RemoteKeysParts = {
  readonly url: string
  /** In ms, never going back. */
  readonly clock: Clock
  readonly fetch: typeof globalThis.fetch
  /** Told when the issuer does not answer, and that it does again; nobody else would see it while old keys serve. */
  readonly onTrouble: (text: string) => void
}

/**
 * The public keys of an issuer, fetched when the first token comes and then every five minutes, beside the requests.
 *
 * A token that names an unknown key waits for a set that is fetched after it came, so a rotation costs nobody a 401; one
 * fetch a second serves all who wait. While the issuer is away its last keys go on for an hour.
 *
 * @returns for `jwtVerify`
 */
export function remoteKeys(parts: RemoteKeysParts): JWTVerifyGetKey {
  const { clock, onTrouble } = parts
  let known: { readonly set: KeySet; readonly began_ms: number } | undefined
  let fetching: Promise<void> | undefined
  let began_ms = Number.NEGATIVE_INFINITY
  let waiting = 0
  let troubled = false

  /** Fetches once for all who ask meanwhile, and not at once after the last time. */
  function refresh(): Promise<void> {
    fetching ??= fetchOnce().finally(() => {
      fetching = undefined
    })
    return fetching
  }

  async function fetchOnce(): Promise<void> {
    const pause_ms = began_ms + SPACING_MS - clock()
    if (pause_ms > 0) await new Promise((resolve) => setTimeout(resolve, pause_ms))
    began_ms = clock()
    try {
      const set = mergeKeys(await download(parts), known?.set, clock())
      known = { set, began_ms }
      if (troubled) onTrouble('the keys of tokens are there again')
      troubled = false
    } catch (cause) {
      const error = new TenantError('identity_unavailable', `the keys of tokens cannot be had: ${wordsOf(cause)}`, {
        cause,
      })
      if (!troubled) onTrouble(error.message)
      troubled = true
      throw error
    }
  }

  async function current(): Promise<KeySet> {
    const age_ms = known === undefined ? Number.POSITIVE_INFINITY : clock() - known.began_ms
    if (age_ms > STALE_MS_MAX) await bounded(refresh)
    // Beside the request: whoever must know of a failure was told by `onTrouble`.
    else if (age_ms > freshness_ms(known!.set) && !(troubled && clock() - began_ms < RETRY_MS))
      void refresh().catch(() => {})
    return known!.set
  }

  /** A set that was fetched after an instant. What is being fetched now may have been on its way before. */
  async function newer(asked_ms: number): Promise<KeySet> {
    await bounded(async () => {
      if (fetching !== undefined) await refresh()
      if (known!.began_ms < asked_ms) await refresh()
    })
    return known!.set
  }

  /** Anybody can send tokens that name unknown keys: few may wait for them. */
  async function bounded(work: () => Promise<void>): Promise<void> {
    if (waiting >= WAITING_MAX)
      throw new TenantError('identity_unavailable', 'too many tokens with unknown keys are waiting')
    waiting += 1
    try {
      await work()
    } finally {
      waiting -= 1
    }
  }

  return async (header, token) => {
    const asked_ms = clock()
    const set = await current()
    try {
      return await set.find(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      return (await newer(asked_ms)).find(header, token)
    }
  }
}

/** A key that was withdrawn must go, so the next look comes sooner. */
function freshness_ms({ keys }: KeySet): number {
  return keys.some(({ gone_ms }) => gone_ms !== undefined) ? LEAVING_MS : FRESH_MS
}

/** @throws Error when there is no answer, or one that is no such document */
async function download({ fetch, url }: RemoteKeysParts): Promise<string> {
  const response = await fetch(url, {
    headers: { accept: 'application/jwk-set+json, application/json' },
    // The place is fixed: an answer that sends us elsewhere is not followed.
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  if (!response.ok || response.body === null) throw new Error(`the issuer answers ${response.status}`)
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body) {
    bytes += chunk.length
    if (bytes > BYTES_MAX) throw new Error(`the set of keys is larger than ${BYTES_MAX} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** `fetch failed` alone says nothing; what failed stands in its cause. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

const SPACING_MS = 1_000
const FRESH_MS = 5 * 60_000
/** Between looks at an issuer that does not answer, while its old keys serve. */
const RETRY_MS = 10_000
/** How long the last keys go on without an answer of the issuer. */
const STALE_MS_MAX = 3_600_000
const TIMEOUT_MS = 5_000
const BYTES_MAX = 256 * 1024
const WAITING_MAX = 1_000

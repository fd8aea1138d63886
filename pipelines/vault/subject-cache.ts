import type { KeyObject } from 'node:crypto'
import type { RandomBytes } from '../clock.ts'
import type { KeyStore, NewSubject, SubjectKey } from './key-store.ts'
import { Lru } from './lru.ts'
import { newSubjectKey, openSubjectKey, pepperHmac, type TenantRing } from './tenant-ring.ts'

/** An unwrapped subject key with the parts of a blob that do not change. */
export type SubjectEntry = {
  readonly key: KeyObject
  /** Version and key id, as they stand before the nonce. */
  readonly head: Uint8Array
  readonly aad: Buffer
  /** E-mail and phone hashes that are known to lead to this subject. */
  readonly handles: Set<string>
}

type Wanted = { readonly subject: string; readonly handles: readonly string[] }

/** Subject keys at hand; what is not is read or made in one transaction for the whole batch. */
export class SubjectCache {
  readonly #keys: KeyStore
  readonly #randomBytes: RandomBytes
  readonly #entries: Lru<string, SubjectEntry>
  #erasures = -1

  constructor(keys: KeyStore, randomBytes: RandomBytes, entries_max: number) {
    this.#keys = keys
    this.#randomBytes = randomBytes
    this.#entries = new Lru(entries_max)
  }

  /**
   * The entry of each wanted subject, in order. New keys and links are durable when this resolves.
   *
   * A subject may be erased by another process between this and the use of its key. The blob can then be opened by
   * nobody, which is what an erasure asks for.
   */
  async get(ring: TenantRing, wanted: readonly Wanted[]): Promise<readonly SubjectEntry[]> {
    await this.#forgetErased()
    const out = new Array<SubjectEntry>(wanted.length)
    const missing = new Map<string, Set<string>>()
    for (const [at, { subject, handles }] of wanted.entries()) {
      const entry = this.#entries.get(`${ring.tenant}\0${subject}`)
      if (entry !== undefined) out[at] = entry
      if (entry !== undefined && handles.every((handle) => entry.handles.has(handle))) continue
      const all = missing.get(subject) ?? new Set()
      for (const handle of handles) all.add(handle)
      missing.set(subject, all)
    }
    if (missing.size === 0) return out
    const loaded = await this.#load(ring, missing)
    for (const [at, { subject }] of wanted.entries()) out[at] = loaded.get(subject) ?? out[at]!
    return out
  }

  async #load(ring: TenantRing, missing: ReadonlyMap<string, ReadonlySet<string>>): Promise<Map<string, SubjectEntry>> {
    const hashes = new Map([...missing.keys()].map((subject) => [subject, pepperHmac(ring, 'subject', subject)]))
    const stored = await this.#keys.subjectKeys(ring.tenant, [...hashes.values()])
    const additions: NewSubject[] = []
    for (const [subject, handles] of missing) {
      const hash = hashes.get(subject)!
      if (stored.has(hash) && handles.size === 0) continue
      // A new key even where there is one: it may just have been destroyed, and must not come back from here.
      additions.push({ subject: hash, key: newSubjectKey(ring, this.#randomBytes), handles: [...handles] })
    }
    const made = additions.length === 0 ? stored : await this.#keys.addSubjects(ring.tenant, additions)
    const loaded = new Map<string, SubjectEntry>()
    for (const [subject, handles] of missing) {
      const hash = hashes.get(subject)!
      const entry = this.#entry(ring, (made.get(hash) ?? stored.get(hash))!, subject, handles)
      loaded.set(subject, entry)
    }
    return loaded
  }

  #entry(ring: TenantRing, key: SubjectKey, subject: string, handles: ReadonlySet<string>): SubjectEntry {
    const name = `${ring.tenant}\0${subject}`
    const known = this.#entries.get(name)
    const entry: SubjectEntry = {
      key: openSubjectKey(ring, key),
      head: Buffer.concat([HEAD, Buffer.from(key.id, 'base64url')]),
      aad: Buffer.from(`${ring.tenant}\0${key.id}`),
      handles: new Set([...(known?.handles ?? []), ...handles]),
    }
    this.#entries.set(name, entry)
    return entry
  }

  async #forgetErased(): Promise<void> {
    const erasures = await this.#keys.erasures()
    if (erasures !== this.#erasures) this.#entries.clear()
    this.#erasures = erasures
  }
}

const HEAD = new Uint8Array([1])

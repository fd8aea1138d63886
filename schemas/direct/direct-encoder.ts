import { TIME_MIN_MS } from '../fields.ts'
import { hash128Ascii } from '../hash.ts'
import { envelope } from '../parse.ts'
import { UNSURE as NO } from '../quick-fields.ts'
import { patternOf } from '../quick-parse.ts'
import { DAY_MS } from '../zone.ts'
import { bytesOf, CLOSE_OBJECT, copy, copyRange, writeInteger } from './ascii.ts'
import { countAt } from './numbers.ts'
import { ABSENT, NUMBER, ObjectScanner, STRING, skipNested, UNSURE } from './scan.ts'
import type { Moment } from './steps.ts'
import type { DirectType, DirectTypes } from './types.ts'
import { instantAt, writeId } from './values.ts'
import { Words } from './words.ts'

/**
 * From the bytes of an event, as a sender wrote it, to the bytes of the log, with nothing made in between: no object,
 * no string. It says yes only to what is plain; everything else it leaves to `parseEventQuick` and `encodeWithHash`,
 * whose bytes and hashes for the same event are the same (a property test compares them). See README.md.
 *
 * Read first, then write: the two share the slots of the last event that was read.
 */
export class DirectEncoder {
  /** Identity hash of the event that was read last. */
  readonly key = new Uint32Array(4)
  /** Content fingerprint of the event that was written last, in the first two words. */
  readonly content = new Uint32Array(4)
  readonly #envelope = new ObjectScanner(Object.keys(envelope.shape))
  readonly #types: DirectTypes
  /** By the number of a type: what follows from it and a source together. */
  readonly #senders: readonly Words[]
  readonly #run: Uint8Array
  readonly #tenant: Uint8Array
  readonly #moment: Moment
  readonly #scratch = new Uint8Array(2_048)
  readonly #lane = new Uint32Array(4)
  readonly #nested = (slot: number, src: Uint8Array, at: number) => this.#readNested(slot, src, at)
  #type: DirectType | undefined
  #sender: Sender | undefined
  #src: Uint8Array = this.#scratch
  #occurred_ms = 0
  #latest_ms = 0

  /** @param context name and zone are ASCII, as those of all tenants are */
  constructor(types: DirectTypes, context: { readonly tenant: string; readonly zone: string }, run?: string) {
    this.#types = types
    this.#senders = types.all.map((type) => sendersOf(type, context.tenant))
    this.#run = bytesOf(`"${run === undefined ? '' : `,"run":${JSON.stringify(run)}`},"data":`)
    this.#tenant = bytesOf(JSON.stringify(context.tenant))
    this.#moment = { zone: bytesOf(context.zone), day: 0, at_ms: 0, zone_name: '' }
  }

  /**
   * Reads one event; sets `key`.
   *
   * @returns the place behind it, or UNSURE
   */
  read(src: Uint8Array, from: number, now_ms: number): number {
    const scanner = this.#envelope
    const { tags, starts, ends } = scanner
    this.#type = undefined
    this.#src = src
    const behind = scanner.scan(src, from, this.#nested)
    if (behind === UNSURE || this.#type === undefined) return UNSURE
    const { family, number } = this.#type as DirectType
    if (tags[VERSION] !== ABSENT) {
      const plain = tags[VERSION] === NUMBER && ends[VERSION]! - starts[VERSION]! === 1
      if (!plain || src[starts[VERSION]!]! - 48 !== family.version) return UNSURE
    } else if (family.version !== 1) return UNSURE
    if (tags[TENANT] !== ABSENT && !this.#isTenant(src, starts[TENANT]!, ends[TENANT]!)) return UNSURE
    if (tags[OCCURRED] !== STRING || tags[SOURCE] !== STRING) return UNSURE
    const occurred_ms = instantAt(src, starts[OCCURRED]! + 1, ends[OCCURRED]! - 1, this.#types.days)
    if (occurred_ms < TIME_MIN_MS || occurred_ms > now_ms + DAY_MS) return UNSURE
    this.#occurred_ms = occurred_ms
    this.#latest_ms = now_ms + 2 * DAY_MS
    const senders = this.#senders[number]!
    const sender = senders.find(src, starts[SOURCE]! + 1, ends[SOURCE]! - 1)
    if (sender === UNSURE) return UNSURE
    this.#sender = senders.values[sender] as Sender
    const end = this.#writeIdText(this.#envelope, ID, copy(this.#scratch, 0, this.#sender.identity))
    if (end === UNSURE) return UNSURE
    hash128Ascii(this.#scratch, 0, end, 0, this.key)
    return behind
  }

  /** The partition of the event that was read last, or UNSURE. */
  partition(partitions: number): number {
    const { group, writer } = this.#type!
    const at = copy(this.#scratch, 0, this.#sender!.lane)
    const [scanner, slot] = group === undefined ? [this.#envelope, ID] : [writer.scanner, group]
    const end = this.#writeIdText(scanner, slot, at)
    if (end === UNSURE) return UNSURE
    hash128Ascii(this.#scratch, 0, end, 0, this.#lane)
    return this.#lane[0]! % partitions
  }

  /**
   * Writes the event that was read last as it lies on the log; sets `content`.
   *
   * @param out has room for {@link roomFor} from `at` on
   * @returns the place behind it, or UNSURE; then what lies in `out` means nothing
   */
  write(out: Uint8Array, at: number): number {
    const src = this.#src
    const { starts, ends, tags } = this.#envelope
    const { writer, version, layout } = this.#type!
    const { head } = this.#sender!
    const moment = this.#moment
    // The head stands before the data, but holds their hash. So its end is found first, and what the hash covers
    // besides the data is written where the head will be.
    const id_bytes = ends[ID]! - starts[ID]! + (tags[ID] === NUMBER ? 2 : 0)
    const time_bytes = this.#occurred_ms >= 1e12 ? 13 : 12
    const data_at = at + head.length + id_bytes + OCCURRED_MS.length + time_bytes + HASH.length + 16 + this.#run.length
    const prefix_at = data_at - time_bytes - version.length
    copy(out, writeInteger(out, prefix_at, this.#occurred_ms), version)
    const end = writer.write(src, out, data_at, moment, this.#types.days)
    if (end === UNSURE) return UNSURE
    for (const time of layout.times) {
      const at_ms = time === 'day' ? moment.day * DAY_MS : moment.at_ms
      if (at_ms > this.#latest_ms || at_ms < TIME_MIN_MS) return UNSURE
    }
    hash128Ascii(out, prefix_at, end, 0, this.content)
    let place = copy(out, at, head)
    place = writeId(src, starts[ID]!, ends[ID]!, tags[ID]!, out, place)
    place = writeInteger(out, copy(out, place, OCCURRED_MS), this.#occurred_ms)
    place = copy(out, place, HASH)
    place = writeHex(out, writeHex(out, place, this.content[0]!), this.content[1]!)
    place = copy(out, place, this.#run)
    if (place !== data_at) throw new Error(`the head of an event ended at ${place} and not at ${data_at}`)
    out[end] = CLOSE_OBJECT
    return end + 1
  }

  #readNested(slot: number, src: Uint8Array, at: number): number {
    if (slot !== DATA) return UNSURE
    const { tags, starts, ends } = this.#envelope
    // Senders name the type before the data; of others each event goes the slow way.
    if (tags[TYPE] !== STRING) return UNSURE
    const { names } = this.#types
    const name = names.find(src, starts[TYPE]! + 1, ends[TYPE]! - 1)
    if (name === UNSURE) return UNSURE
    this.#type = names.values[name] as DirectType
    return this.#type.writer.scanner.scan(src, at, skipFlat)
  }

  #isTenant(src: Uint8Array, start: number, end: number): boolean {
    const own = this.#tenant
    if (end - start !== own.length) return false
    for (let i = 0; i < own.length; i++) if (src[start + i] !== own[i]) return false
    return true
  }

  /** An identifier without quotes, behind `at` in the scratch area. */
  #writeIdText({ tags, starts, ends }: ObjectScanner, slot: number, at: number): number {
    const start = starts[slot]!
    const end = ends[slot]!
    const from = tags[slot] === STRING ? start + 1 : start
    const to = tags[slot] === STRING ? end - 1 : end
    if (to - from === 0 || to - from > 256) return UNSURE
    if (tags[slot] !== STRING && (tags[slot] !== NUMBER || countAt(this.#src, start, end) === UNSURE)) return UNSURE
    return copyRange(this.#scratch, at, this.#src, from, to)
  }
}

/** Bytes that an event of this length can take on the log at most, whatever is in it. */
export function roomFor(bytes: number): number {
  // The shortest item of a list triples by its defaults and longer keys; the rest is what all events have.
  return bytes * 4 + 2_048
}

/** What stands before the id on the log, in the identity and in what names the partition. */
type Sender = { readonly head: Uint8Array; readonly identity: Uint8Array; readonly lane: Uint8Array }

function sendersOf({ family: { type, version }, layout }: DirectType, tenant: string): Words {
  const pattern = patternOf(envelope.shape.source)
  const sender = (source: unknown): Sender | typeof NO => {
    if (!pattern.test(source as string)) return NO
    const head = `{"c":1,"tenant":${JSON.stringify(tenant)},"source":"${source}","type":"${type}","version":${version},"id":`
    return {
      head: bytesOf(head),
      identity: bytesOf(`${tenant}\0${source}\0${type}\0`),
      lane: bytesOf(`${tenant}\0${source}\0${layout.group.prefix}`),
    }
  }
  return new Words(undefined, sender, SENDERS)
}

/** Sources of a tenant that are known at a time. */
const SENDERS = 64

/** Lists are skipped, to be read when they are written. */
function skipFlat(_slot: number, src: Uint8Array, at: number): number {
  return skipNested(src, at)
}

const FIELDS = Object.keys(envelope.shape)
const [ID, SOURCE, TYPE, VERSION, OCCURRED, TENANT, DATA] = [
  'id',
  'source',
  'type',
  'version',
  'occurred_at',
  'tenant',
  'data',
].map((name) => FIELDS.indexOf(name)) as [number, number, number, number, number, number, number]
const OCCURRED_MS = bytesOf(',"occurred_ms":')
const HASH = bytesOf(',"h":"')
const HEX = bytesOf('0123456789abcdef')

function writeHex(out: Uint8Array, at: number, word: number): number {
  for (let i = 0; i < 8; i++) out[at + i] = HEX[(word >>> (28 - i * 4)) & 15]!
  return at + 8
}

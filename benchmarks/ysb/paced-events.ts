import type { AppendRecord } from '../../pipelines/log/port.ts'
import { partitionOfKey } from '../streams/fill.ts'
import { adsTable, type Truth, truthKey, YSB, YsbInput } from './input.ts'

/**
 * Events as fast as they can be made, for load that must not take the processor from what is measured: the first ten
 * thousand of the input again and again, with another time written into their bytes.
 */
export class PacedEvents {
  readonly truth: Truth = new Map()
  private readonly patterns: readonly Pattern[]

  constructor(partitions: number) {
    const ads = adsTable()
    const input = new YsbInput()
    this.patterns = Array.from({ length: PATTERNS }, (_, n) => {
      const { json, key } = input.event(n, TIME_PATTERN)
      const isView = json.includes('"event_type":"view"')
      return {
        partition: partitionOfKey(key, partitions),
        key: Buffer.from(key),
        value: Buffer.from(json),
        time_at: json.indexOf(String(TIME_PATTERN)),
        campaign: isView ? ads.get(key)! : undefined,
      }
    })
  }

  /** Adds the n-th event, as of this time, to the records of its partition. */
  put(n: number, time_ms: number, records: readonly AppendRecord[][]): void {
    const { campaign, key, partition, time_at, value } = this.patterns[n % PATTERNS]!
    const bytes = Buffer.from(value)
    let rest = time_ms
    for (let at = time_at + 12; at >= time_at; at--) {
      const next = Math.floor(rest / 10)
      bytes[at] = 48 + rest - next * 10
      rest = next
    }
    records[partition]!.push({ key, value: bytes })
    if (campaign === undefined) return
    const name = truthKey(campaign, Math.floor(time_ms / YSB.window_ms) * YSB.window_ms)
    this.truth.set(name, (this.truth.get(name) ?? 0) + 1)
  }
}

type Pattern = {
  readonly partition: number
  readonly key: Buffer
  readonly value: Buffer
  /** Where the 13 digits of its time begin. */
  readonly time_at: number
  /** Of a view. */
  readonly campaign: string | undefined
}

const PATTERNS = 10_000
const TIME_PATTERN = 1_111_111_111_111

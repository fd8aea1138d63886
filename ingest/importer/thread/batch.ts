import type { PackedRecords } from '../../../pipelines/log/port.ts'
import type { ParsedEvent, Rejection } from '../../../schemas/parse.ts'

/** How far into a file something is: behind which byte and line, and what came of the records until there. */
export type Place = {
  /** Of the unpacked file. */
  readonly bytes: number
  readonly lines: number
  /** Names of the columns once the header has been read. */
  readonly columns: readonly string[] | null
  readonly read: number
  readonly sent: number
  readonly rejected: number
}

/** What the thread hands over: records packed into one buffer per partition, in the order of the file. */
export type Batch = {
  readonly place: Place
  readonly file_bytes: number
  readonly parts: readonly PackedRecords[]
  /** Events with personal data, which only the vault's owner can seal. */
  readonly unsealed: readonly Unsealed[]
  readonly rejects: readonly LineReject[]
}

export type Unsealed = {
  readonly partition: number
  /** It comes before the packed record with this number. */
  readonly before: number
  readonly key: Uint8Array
  readonly event: ParsedEvent
}

export type LineReject = {
  readonly source: string
  readonly rejection: Rejection
  readonly raw: string
  readonly line: number
}

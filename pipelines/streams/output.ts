import type { Rejection } from '../../schemas/parse.ts'
import type { Block } from '../runner/stage.ts'
import type { FlatReader } from './reader.ts'

/**
 * Where records of a stream go: windows or facts. A record is looked at by all outputs before any takes it, since it is
 * either taken as a whole or a dead letter.
 */
export type Output = {
  /** Whether the record under the reader is for this output, or what is wrong with it. */
  look(): boolean | Rejection
  /** Takes the record that was looked at last. */
  take(offset: number): void
  /** After some records were taken: what waits for the store. */
  settle(): Promise<void>
  /** What changed since the last commit, with versions and places up to `hi`, the offset behind the batch. */
  block(hi: number): Block
  committed(): void
  /** Drops what a new batch can do without, or what the words of the old one stood for. */
  forget(): void
}

export function missing(reader: FlatReader, field: number): Rejection {
  return { code: 'missing_field', path: reader.names[field]!, reason: 'no text and no integer under this name' }
}

export function invalid(reader: FlatReader, field: number, what: string): Rejection {
  return { code: 'invalid_field', path: reader.names[field]!, reason: `not ${what}` }
}

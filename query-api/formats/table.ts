import type { Column, Row } from '../metrics/shape.ts'

/** Rows on their way out. */
export type Table = {
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
  /** What stands beside the rows where a format has room for it: watermark, query id, cursor. */
  readonly meta: Readonly<Record<string, unknown>>
}

/**
 * The intent of a writer, kept in the metadata of an offset commit at `lo` before the insert begins: after a crash the
 * next writer cuts the same range first, so that the deduplication token of the insert is the same too.
 */
export type Intent = {
  readonly lo: number
  readonly hi: number
  readonly schema_version: number
  readonly attempt: number
}

export function encodeIntent(intent: Intent): string {
  return JSON.stringify(intent)
}

/** The intent in a commit's metadata; undefined where there is none or where it belongs to another place. */
export function decodeIntent(metadata: string, committed: number): Intent | undefined {
  if (metadata === '') return undefined
  const intent = JSON.parse(metadata) as Intent
  return intent.lo === committed && intent.hi > intent.lo ? intent : undefined
}

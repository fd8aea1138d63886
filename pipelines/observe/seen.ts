/** An observation of an identity, as the table `identities` tells it. */
export type Seen = {
  readonly tenant: string
  /** Content fingerprint as an unsigned decimal. */
  readonly content: string
  readonly occurred_ms: number
  readonly offset: number
  readonly day: number
}

/** What the store knows of one identity: all its contents, and where its current observation is. */
export type Stored = {
  readonly contents: ReadonlySet<string>
  readonly occurred_ms: number
  readonly place: { readonly offset: number; readonly day: number }
}

/** Undefined where all rows are another tenant's, whose hash happens to be the same. */
export function storedOf(tenant: string, rows: readonly Seen[]): Stored | undefined {
  const own = rows.filter((row) => row.tenant === tenant)
  if (own.length === 0) return undefined
  const current = own.reduce((a, b) =>
    b.occurred_ms > a.occurred_ms || (b.occurred_ms === a.occurred_ms && b.offset > a.offset) ? b : a,
  )
  return {
    contents: new Set(own.map((row) => row.content)),
    occurred_ms: current.occurred_ms,
    place: { offset: current.offset, day: current.day },
  }
}

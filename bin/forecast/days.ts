const DAY_MS = 86_400_000

/** Days since 1970-01-01 of YYYY-MM-DD, a time behind it left out. Null for what is no day of the calendar. */
export function dayOf(text: string): number | null {
  const found = /^(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?$/.exec(text)
  if (found === null) return null
  const [year, month, date] = [Number(found[1]), Number(found[2]), Number(found[3])]
  const ms = Date.UTC(year, month - 1, date)
  // Date.UTC turns the 30th of February into the 2nd of March.
  return new Date(ms).getUTCDate() === date && new Date(ms).getUTCMonth() === month - 1 ? ms / DAY_MS : null
}

/** YYYY-MM-DD of a number of days since 1970-01-01. */
export function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}

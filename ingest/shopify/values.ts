/**
 * The shop's own date of a time as Shopify writes it, with the shop's offset: `2026-01-05T23:10:00-05:00` is the 5th.
 * A time in UTC says nothing about the shop's day; then the tenant's zone decides.
 */
export function localDate(time: string): string | undefined {
  return /^\d{4}-\d\d-\d\dT.*[+-]\d\d:\d\d$/.test(time) ? time.slice(0, 10) : undefined
}

/** Free text without control characters, cut to its field's length; undefined when nothing is left. */
export function clean(text: string | null | undefined, max: number): string | undefined {
  const cleaned = text
    ?.replace(/[\u0000-\u001f\u007f]+/g, ' ')
    .trim()
    .slice(0, max)
  return cleaned === '' ? undefined : cleaned
}

/**
 * JSON with whole numbers beyond 2^53 as strings of their digits. Shopify's ids are 64-bit: even its own test
 * notification has one that a double cannot hold (820982911946154508).
 *
 * @throws SyntaxError when the text is not JSON
 */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, ((_key: string, value: unknown, { source }: { source?: string }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source)
      ? source
      : value) as Parameters<typeof JSON.parse>[1])
}

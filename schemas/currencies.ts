/** Currencies and their minor-unit digits, from the runtime's CLDR data (ISO 4217). */

/** Whether the code is a known ISO 4217 currency in upper case. */
export function isCurrency(code: string): boolean {
  return KNOWN.has(code)
}

/** ISO 4217 minor-unit digits: 2 for USD, 0 for JPY, 3 for KWD. */
export function currencyDigits(code: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency: code }).resolvedOptions().maximumFractionDigits ?? 2
}

const KNOWN: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'))

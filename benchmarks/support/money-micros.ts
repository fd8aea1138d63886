/** Decimal text (at most 6 decimals) or null as integer micros; null counts as none. */
export function moneyMicros(text: string | null): number {
  if (text === null) return 0
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(text) ?? []
  if (whole === undefined) throw new SyntaxError(`no money: ${text}`)
  const micros = Number(whole) * 1_000_000 + Number(fraction.padEnd(6, '0'))
  return sign === '-' ? -micros : micros
}

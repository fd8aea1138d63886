import { z } from 'zod'
import { country, currency, day, text } from '../fields.ts'
import { DAY_MS, parseDay } from '../zone.ts'
import { family, known } from './family.ts'

/** Exchange rates and holidays: what the calendar knows beside the platforms and the shop. */
const fxInput = z.strictObject({
  base: currency.describe('currency that is priced'),
  quote: currency.describe('currency it is priced in'),
  day: day.describe('date the rate is of'),
  rate: z
    .union([z.string().max(40), z.number().positive()])
    .transform((value, context) => {
      const rate = rateE9(String(value))
      if (rate === undefined) {
        context.addIssue({ code: 'custom', message: 'a positive decimal with at most 9 decimals, below 10^6' })
        return z.NEVER
      }
      return rate
    })
    .describe('one unit of base in units of quote; kept as an integer × 10^9'),
})

export type FxRateData = ReturnType<typeof canonicalFx>['data']

export const fxRate = family({
  type: 'fx_rate.observed',
  version: 1,
  summary: 'the exchange rate of a day',
  observed: true,
  input: fxInput,
  canonical: canonicalFx,
  group: (eventId) => eventId,
  upcasts: {},
})

function canonicalFx(row: z.output<typeof fxInput>) {
  return {
    data: { base: row.base, quote: row.quote, day: row.day, rate_e9: row.rate },
    times_ms: [parseDay(row.day)! * DAY_MS],
  }
}

const holidayInput = z.strictObject({
  country: country.describe('where'),
  day: day.describe('date, also ahead of the clock'),
  name: text(256).describe('what it is called'),
})

export type HolidayData = ReturnType<typeof canonicalHoliday>['data']

export const holiday = family({
  type: 'holiday.observed',
  version: 1,
  summary: 'a public holiday or shopping event of a country',
  observed: true,
  input: holidayInput,
  canonical: canonicalHoliday,
  group: (eventId) => eventId,
  upcasts: {},
})

function canonicalHoliday(row: z.output<typeof holidayInput>) {
  // Holidays are planned: their day may lie ahead of the clock.
  return { data: { ...known({}), country: row.country, day: row.day, name: row.name }, times_ms: [] as number[] }
}

/** A positive decimal as an integer × 10^9, rounded half-even on its digits; undefined when it does not fit. */
function rateE9(value: string): number | undefined {
  const match = /^(\d{0,6})(?:\.(\d*))?(?:e-(\d{1,2}))?$/i.exec(value)
  if (match === null) return undefined
  const digits = `${match[1] || '0'}${match[2] ?? ''}`
  const decimals = (match[2] ?? '').length + Number(match[3] ?? 0)
  let rate = BigInt(digits)
  if (decimals <= 9) rate *= 10n ** BigInt(9 - decimals)
  else {
    const unit = 10n ** BigInt(decimals - 9)
    const twice = (rate % unit) * 2n
    rate = rate / unit + (twice > unit || (twice === unit && (rate / unit) % 2n === 1n) ? 1n : 0n)
  }
  return rate > 0n && rate < 1_000_000_000_000_000n ? Number(rate) : undefined
}

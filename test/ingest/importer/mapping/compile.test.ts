import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileMapping, settingsOf } from '../../../../ingest/importer/mapping/compile.ts'
import { parseMapping } from '../../../../ingest/importer/mapping/load.ts'
import { parseEvent } from '../../../../schemas/parse.ts'
import { instantOf } from '../../../../schemas/zone.ts'

const tenant = { currency: 'EUR', zone: 'Europe/Berlin' }
const context = { tenant: 'acme', zone: 'Europe/Berlin', now_ms: Date.UTC(2026, 0, 2) }

function compiled(changes: object = {}, overrides = {}) {
  const mapping = parseMapping(
    JSON.stringify({
      name: 'ads',
      about: '',
      format: 'csv',
      source: 'ads',
      type: 'ad_delivery.observed',
      currency: 'USD',
      zone: 'America/New_York',
      nulls: ['--'],
      id: { template: '{day}/{ad}' },
      occurred_at: { column: 'day', as: 'instant', format: 'DD.MM.YYYY', at: 'end_of_day' },
      data: {
        platform: { constant: 'google' },
        account: { constant: 'a-1' },
        level: { constant: 'ad' },
        ad: { column: 'ad', match: 'ad=(.+)$' },
        day: { column: 'day', as: 'day', format: 'DD.MM.YYYY' },
        time_zone: { setting: 'zone' },
        currency: { first: [{ column: 'currency' }, { setting: 'currency' }] },
        impressions: { column: 'impressions', as: 'integer' },
        spend: { column: 'spend', as: 'money', unit: 'micros' },
        conversion_value: { column: 'value', as: 'money', unit: 'cents' },
        device: { column: 'device', lower: true, values: { handset: 'mobile' } },
      },
      ...changes,
    }),
    'test',
  )
  const ready = compileMapping(mapping, settingsOf(mapping, tenant, overrides))
  return (row: Record<string, string>) => ready.row(ready.columns.map(({ name }) => row[name]))
}

const row = {
  day: '7.3.2025',
  ad: 'ad=77',
  currency: '',
  impressions: '12',
  spend: '1500000',
  value: '250',
  device: 'Handset',
}

describe('a compiled mapping', () => {
  it('writes the envelope that a sender would have written', () => {
    const mapped = compiled()(row)
    expect(mapped.envelope).toEqual({
      id: '7.3.2025/ad=77',
      source: 'ads',
      type: 'ad_delivery.observed',
      // The end of 7 March in New York.
      occurred_at: '2025-03-08T04:59:59.999Z',
      data: {
        platform: 'google',
        account: 'a-1',
        level: 'ad',
        ad: '77',
        day: '2025-03-07',
        time_zone: 'America/New_York',
        currency: 'USD',
        impressions: 12,
        spend: 1.5,
        conversion_value: 2.5,
        device: 'mobile',
      },
    })
    expect(parseEvent(mapped.envelope, context).ok).toBe(true)
  })

  it('moves the point of any money exactly, or leaves it for the schema to refuse', () => {
    const map = compiled()
    const money = fc.oneof(
      fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n }).map(String),
      fc.stringMatching(/^\d{1,9}\.\d{1,3}$/),
    )
    fc.assert(
      fc.property(money, money, (spend, value) => {
        const event = parseEvent(map({ ...row, spend, value }).envelope, context)
        if (!event.ok) throw new Error(JSON.stringify(event.rejection))
        const data = event.event.data as { spend_micros: number | string; claimed_micros: number | string }
        // Half-even to a whole micro, on the digits.
        const [whole = '', fraction = ''] = spend.split('.')
        const half = BigInt(whole) * 1000n + BigInt((spend.startsWith('-') ? '-' : '') + fraction.padEnd(3, '0'))
        const rest = half % 1000n
        const up = rest > 500n || (rest === 500n && (half / 1000n) % 2n === 1n) ? 1n : 0n
        expect(BigInt(data.spend_micros)).toBe(half / 1000n + up)
        expect(BigInt(data.claimed_micros)).toBe(cents(value))
      }),
      { seed: 20260105 },
    )
    for (const spend of ['12abc', '1e3x', 'NaN', '1,5', '0x10']) {
      expect(parseEvent(map({ ...row, spend }).envelope, context)).toMatchObject({
        ok: false,
        rejection: { path: 'data/spend' },
      })
    }
  })

  it('lets a value that does not fit go to the schema as it is', () => {
    const map = compiled()
    for (const [field, cell, path] of [
      ['impressions', '1.5', 'data/impressions'],
      ['impressions', '-3', 'data/impressions'],
      ['day', '31.2.2025', 'occurred_at'],
      ['currency', 'DOLLAR', 'data/currency'],
    ]) {
      const event = parseEvent(map({ ...row, [field!]: cell! }).envelope, context)
      expect(event).toMatchObject({ ok: false, rejection: { path } })
    }
  })

  it('takes unknown cells as unknown, never as zero', () => {
    const { envelope } = compiled()({ ...row, impressions: '--', spend: '', device: '--' })
    expect(Object.keys(envelope.data as object)).not.toEqual(expect.arrayContaining(['impressions']))
    expect(envelope.data).not.toHaveProperty('spend')
    expect(envelope.data).not.toHaveProperty('device')
  })

  it('refuses a row whose currency or zone nobody knows, and takes both from the command line first', () => {
    expect(compiled({ currency: undefined })(row)).toMatchObject({ ok: false, rejection: { code: 'currency_missing' } })
    expect(compiled({ currency: undefined })({ ...row, currency: 'CAD' }).ok).toBe(true)
    expect(compiled({ zone: undefined })(row)).toMatchObject({ ok: false, rejection: { code: 'zone_missing' } })
    expect(compiled({ currency: 'tenant', zone: 'tenant' })(row).envelope.data).toMatchObject({
      currency: 'EUR',
      time_zone: 'Europe/Berlin',
    })
    expect(compiled({}, { currency: 'JPY', zone: 'Asia/Tokyo' })(row).envelope.data).toMatchObject({
      currency: 'JPY',
      time_zone: 'Asia/Tokyo',
    })
  })

  it('refuses a currency or zone of the command line that does not exist', () => {
    expect(() => compiled({}, { currency: 'DOLLARS' })).toThrow('--currency DOLLARS is not an ISO 4217')
    expect(() => compiled({}, { zone: 'Mars/Base' })).toThrow('--zone Mars/Base is not an IANA')
  })

  it('refuses a row without its native key', () => {
    expect(compiled()({ ...row, ad: '' })).toMatchObject({
      ok: false,
      rejection: { code: 'missing_field', path: 'id' },
    })
  })

  it('reads local times in their zone, across the change to summer time', () => {
    const occurred_at = { column: 'day', as: 'instant', format: 'YYYY-MM-DD HH:mm:ss' }
    const map = compiled({ occurred_at, zone: 'Europe/Berlin' })
    const at = (day: string) => map({ ...row, day }).envelope.occurred_at
    expect(at('2025-03-30 01:30:00')).toBe('2025-03-30T00:30:00.000Z')
    // 02:30 does not exist on that day; the clock jumps from 02:00 to 03:00.
    expect(at('2025-03-30 02:30:00')).toBe(new Date(instantOf('Europe/Berlin', 20177, 150)).toISOString())
    expect(at('2025-03-30 3:30:00.123456')).toBe('2025-03-30T01:30:00.123Z')
    expect(at('2025-03-30T05:00:00+05:00')).toBe('2025-03-30T05:00:00+05:00')
  })
})

/** Micros of a whole number of cents, which may have a fraction itself. */
function cents(value: string): bigint {
  const [whole = '', fraction = ''] = value.split('.')
  return BigInt(`${whole}${fraction.padEnd(4, '0')}`)
}

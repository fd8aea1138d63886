import { describe, expect, it } from 'vitest'
import { ImportError } from '../../../../ingest/importer/error.ts'
import { loadMapping, parseMapping, shippedMappings } from '../../../../ingest/importer/mapping/load.ts'

describe('loading a mapping', () => {
  it('finds every shipped mapping under its own name', async () => {
    const names = await shippedMappings()
    expect(names).toEqual([
      'cdnow',
      'events',
      'facebook-ads-basic-ad',
      'google-ads-ad-stats',
      'shopify-orders',
      'shopify-refunds',
      'shopify-transactions',
    ])
    for (const name of names) expect((await loadMapping(name)).name).toBe(name)
  })

  it('names the shipped ones when a name is unknown', async () => {
    await expect(loadMapping('cdnwo')).rejects.toThrow(/no mapping "cdnwo"; shipped are: cdnow, events/)
    await expect(loadMapping('./no/such.json')).rejects.toMatchObject({ code: 'unknown_mapping' })
  })

  it('tells every problem of a bad mapping with its path', () => {
    const bad = {
      name: 'Bad Name',
      about: '',
      format: 'xml',
      data: {
        total: { column: 'x', as: 'money', format: 'YYYY', unit: 'pennies' },
        tax: { colum: 'x' },
        shipping: { column: 'x', constant: 1 },
        discount: { column: 'x', match: '(a)(b)' },
        status: { first: [{ column: '' }, { constant: { a: 1 } }] },
      },
    }
    const problems = problemsOf(bad)
    for (const path of ['name', 'format', 'data/total/unit', 'data/tax', 'data/shipping', 'data/discount/match']) {
      expect(problems.some((problem) => problem.startsWith(`${path}: `))).toBe(true)
    }
    expect(problems.some((problem) => problem.startsWith('data/status/first/0/column: '))).toBe(true)
    expect(problems.some((problem) => problem.startsWith('data/status/first/1/constant: '))).toBe(true)
  })

  it('checks a well-shaped mapping against the event type, the zone and the currency', () => {
    expect(
      problemsOf({
        name: 'x',
        about: '',
        format: 'csv',
        header: false,
        columns: ['a'],
        delimiter: '"',
        source: 'My Shop',
        type: 'order.observed',
        currency: 'DOLLARS',
        zone: 'Mars/Base',
        data: {
          total: { column: 'b', as: 'money' },
          status: { constant: 'done' },
          ordered_at: { column: 'a', as: 'instant', format: 'DD/MM', zone: 'Nowhere' },
          'personal.shoe_size': { column: 'a' },
          colour: { column: 'a' },
        },
      }),
    ).toEqual([
      'currency: not an ISO 4217 currency code, nor `tenant`',
      'zone: not an IANA time zone, nor `tenant`',
      'delimiter: cannot be a quote or a line end',
      'source: lower-case letters, digits, dot, dash, underscore; at most 64',
      'occurred_at: missing',
      expect.stringMatching(/^data\/status\/constant: /),
      'data/personal.shoe_size: order.observed has no such field',
      'data/colour: order.observed has no such field',
      'data/currency: order.observed needs this field',
      'data/total: no column "b" in columns',
      'data/ordered_at/format: not a date format',
      'data/ordered_at/zone: not an IANA time zone',
    ])
  })

  it('says what is no JSON', () => {
    expect(() => parseMapping('{', 'mine.json')).toThrow(/the mapping mine\.json is not JSON/)
  })
})

function problemsOf(mapping: object): readonly string[] {
  try {
    parseMapping(JSON.stringify(mapping), 'test')
  } catch (error) {
    expect(error).toBeInstanceOf(ImportError)
    return (error as ImportError).problems
  }
  throw new Error('the mapping was taken')
}

import { z } from 'zod'
import { currency, id, money, text } from '../fields.ts'
import { family, known } from './family.ts'

/** A product or variant with price, availability and stock at a moment. */
const input = z.strictObject({
  product: id,
  variant: id.nullish(),
  title: text(1024).nullish(),
  currency: currency.nullish(),
  price: money.nullish(),
  available: z.boolean().nullish(),
  stock: z.int().nullish().describe('pieces in stock; negative where the shop oversold'),
})

export type ProductData = ReturnType<typeof canonical>['data']

export const product = family({
  type: 'product.observed',
  version: 1,
  summary: 'a product with price, availability and stock at a moment',
  observed: true,
  input,
  canonical,
  group: (eventId) => eventId,
  upcasts: {},
})

function canonical(row: z.output<typeof input>) {
  return {
    data: {
      product: row.product,
      ...known({
        variant: row.variant,
        title: row.title,
        currency: row.currency,
        price_micros: row.price,
        available: row.available,
        stock: row.stock,
      }),
    },
    times_ms: [],
  }
}

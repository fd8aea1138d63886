import { z } from 'zod'
import { currency, id, money, NAME_LENGTH_MAX, text } from '../fields.ts'
import { family, known } from './family.ts'

/** A product or variant with price, availability and stock at a moment. */
const input = z.strictObject({
  product: id.describe('id of the product'),
  variant: id.nullish().describe('id of the variant, where price and stock are its own'),
  title: text(NAME_LENGTH_MAX).nullish().describe('what the shop calls it'),
  currency: currency.nullish().describe('currency of the price'),
  price: money.nullish().describe('price of one piece'),
  available: z.boolean().nullish().describe('whether it can be bought'),
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

import type { Line } from '../model.ts'
import type { Product, Shop } from '../spec.ts'

export type Basket = {
  readonly lines: readonly Line[]
  readonly subtotal: number
  readonly tax: number
  readonly shipping: number
  readonly discount: number
}

/**
 * Fills a basket so that subtotal + tax + shipping − discount is the total: the main product, and where that is not
 * enough a second one; what is too much is the discount.
 */
export function fillBasket(shop: Shop, main: Product, price_factor: number, total: number): Basket {
  const tax = Math.round((total * 7) / 107)
  const shipping = total < 60 * (1e6 / shop.unit_micros) ? Math.round(total * 0.06) : 0
  const needed = total - tax - shipping
  const price = Math.max(1, Math.round(main.price_units * price_factor))
  const quantity = Math.min(4, Math.max(1, Math.round(needed / price)))
  const lines: Line[] = [{ product: main.id, title: main.title, quantity, price }]
  let subtotal = quantity * price
  if (subtotal < needed) {
    const rest = needed - subtotal
    const second = shop.products.find((p) => p !== main && p.price_units >= rest) ?? shop.products.at(-1)!
    const more = Math.ceil(rest / second.price_units)
    lines.push({ product: second.id, title: second.title, quantity: more, price: second.price_units })
    subtotal += more * second.price_units
  }
  return { lines, subtotal, tax, shipping, discount: subtotal - needed }
}

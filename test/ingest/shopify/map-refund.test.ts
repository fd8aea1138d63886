import { describe, expect, it } from 'vitest'
import { mapRefund } from '../../../ingest/shopify/map-refund.ts'

const transaction = { id: 9, kind: 'refund', status: 'success', amount: '20.00', currency: 'USD', test: false }
const refund = {
  id: 929361467,
  order_id: 450789469,
  created_at: '2026-01-10T23:30:00-05:00',
  processed_at: null,
  transactions: [transaction],
  refund_line_items: [{ line_item_id: 11, quantity: 1, subtotal: 18.5, line_item: { product_id: 632910392 } }],
}

const told = (changes: object) =>
  (mapRefund({ ...refund, ...changes }) as { id: string; data: { amount: unknown; lines?: unknown } }[]).map(
    ({ id, data }) => [id, data.amount, data.lines !== undefined],
  )

describe('a refund of Shopify', () => {
  it.each([
    ['with one transaction', [transaction], [['transaction:9', '20.00', true]]],
    [
      'over two ways of payment: what came back is told once',
      [transaction, { ...transaction, id: 10, amount: 5 }],
      [
        ['transaction:9', '20.00', true],
        ['transaction:10', 5, false],
      ],
    ],
    [
      'whose first attempt failed',
      [
        { ...transaction, status: 'failure' },
        { ...transaction, id: 10 },
      ],
      [['transaction:10', '20.00', true]],
    ],
    ['one part of which is pending', [transaction, { ...transaction, id: 10, status: 'pending' }], []],
    ['of nothing', [{ ...transaction, amount: '0.00' }], []],
    ['that only voids', [{ ...transaction, kind: 'void' }], []],
    [
      'whose amount is no number, for the acceptor to refuse',
      [{ ...transaction, amount: 'x' }],
      [['transaction:9', 'x', true]],
    ],
    [
      'from somebody who gives its transactions no ids',
      [
        { ...transaction, id: undefined },
        { ...transaction, id: undefined },
      ],
      [
        ['refund:929361467/0', '20.00', true],
        ['refund:929361467/1', '20.00', false],
      ],
    ],
  ])('%s', (_, transactions, events) => expect(told({ transactions })).toEqual(events))
})

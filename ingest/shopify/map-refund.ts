import { microsToBigInt, parseMoney } from '../../schemas/money.ts'
import type { RefundPayload } from './payload.ts'
import { localDate } from './values.ts'

type Transaction = NonNullable<RefundPayload['transactions']>[number]
type Line = NonNullable<RefundPayload['refund_line_items']>[number]

/**
 * A refund as events: one for each of its transactions that gave money back. None while one is pending, because that may
 * still fail; what succeeds later comes with the order's next update.
 *
 * An event is known by its transaction, as in the mapping `shopify-transactions`: a shop that sends webhooks and imports
 * its transactions too has the money taken off once. Only of the refund's own fields, so that it is the same event
 * whether it comes by refunds/create or inside of an order. What came back stands on the first event.
 */
export function mapRefund(refund: RefundPayload): unknown[] {
  const settled = refund.transactions?.filter(isRefund) ?? []
  if (settled.some(({ status }) => status === 'pending')) return []
  const moved = settled.filter(({ amount, status }) => status === 'success' && micros(amount) !== 0n)
  return moved.map((transaction, n) => eventOf(refund, transaction, n))
}

function eventOf(refund: RefundPayload, { id, amount, currency, test }: Transaction, n: number) {
  const lines = n === 0 ? (refund.refund_line_items ?? []) : []
  const refunded_at = refund.processed_at ?? refund.created_at
  return {
    // Shopify gives every transaction an id; who imitates it may not.
    id: id == null ? `refund:${refund.id}/${n}` : `transaction:${id}`,
    source: 'shopify',
    type: 'order.refunded',
    version: 1,
    occurred_at: refunded_at,
    data: {
      order: refund.order_id,
      refunded_at,
      refund_date: localDate(refunded_at),
      currency,
      amount,
      test,
      lines: lines.length === 0 ? undefined : lines.map(lineOf),
    },
  }
}

function lineOf({ line_item_id, quantity, subtotal, line_item }: Line) {
  return {
    product: line_item?.product_id ?? `line-${line_item_id ?? 'unknown'}`,
    line: line_item_id,
    quantity,
    amount: subtotal,
  }
}

/** Micros that went back to the customer: the refund's successful transactions. Undefined when one is no number. */
export function moneyBack({ transactions }: RefundPayload): bigint | undefined {
  return addUp(
    (transactions ?? [])
      .filter((transaction) => isRefund(transaction) && transaction.status === 'success')
      .map(({ amount }) => micros(amount)),
  )
}

export function addUp(amounts: readonly (bigint | undefined)[]): bigint | undefined {
  let sum = 0n
  for (const amount of amounts) {
    if (amount === undefined) return undefined
    sum += amount
  }
  return sum
}

/** Undefined for what is no number: the acceptor tells it, under the field's name. */
function micros(amount: Transaction['amount']): bigint | undefined {
  const result = parseMoney(amount ?? '')
  return result.ok ? microsToBigInt(result.micros) : undefined
}

function isRefund({ kind }: { kind?: string | null | undefined }): boolean {
  return kind === 'refund'
}

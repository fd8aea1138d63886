import { formatMicros, microsToBigInt, parseMoney } from '../../schemas/money.ts'
import type { RefundPayload } from './payload.ts'
import { localDate } from './values.ts'

/**
 * A refund as an event, or undefined while no money has moved: a transaction that is pending may still fail, and one
 * that succeeds later comes with the order's next update.
 *
 * Only of the refund's own fields, so that it is the same event whether it comes by refunds/create or inside of an
 * order.
 */
export function mapRefund(refund: RefundPayload): unknown | undefined {
  const back = moneyBack(refund)
  const settled = refund.transactions?.filter(isRefund) ?? []
  if (back === 0n || settled.some(({ status }) => status === 'pending')) return undefined
  const [first] = settled
  const refunded_at = refund.processed_at ?? refund.created_at
  return {
    id: refund.id,
    source: 'shopify',
    type: 'order.refunded',
    version: 1,
    occurred_at: refunded_at,
    data: {
      order: refund.order_id,
      refunded_at,
      refund_date: localDate(refunded_at),
      currency: first?.currency,
      // What is no number is told by the acceptor, under the field's name.
      amount: back === undefined ? first?.amount : formatMicros(back, 2),
      test: settled.some(({ test }) => test === true),
      lines: refund.refund_line_items?.map(({ line_item_id, quantity, subtotal, line_item }) => ({
        product: line_item?.product_id ?? `line-${line_item_id ?? 'unknown'}`,
        line: line_item_id,
        quantity,
        amount: subtotal,
      })),
    },
  }
}

/** Micros that went back to the customer: the refund's successful transactions. Undefined when one is no number. */
export function moneyBack({ transactions }: RefundPayload): bigint | undefined {
  return addUp(
    (transactions ?? [])
      .filter((transaction) => isRefund(transaction) && transaction.status === 'success')
      .map(({ amount }) => {
        const result = parseMoney(amount ?? '')
        return result.ok ? microsToBigInt(result.micros) : undefined
      }),
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

function isRefund({ kind }: { kind?: string | null | undefined }): boolean {
  return kind === 'refund'
}

/** A valid order of 12.50 USD, in the collector's form. */
export function order(id: string, data: Record<string, unknown> = {}, envelope: Record<string, unknown> = {}) {
  return {
    id,
    source: 'shop',
    type: 'order.observed',
    version: 1,
    occurred_at: '2026-01-15T10:00:00Z',
    data: { ordered_at: '2026-01-15T09:59:00Z', currency: 'USD', total: '12.50', status: 'paid', ...data },
    ...envelope,
  }
}

import type { CanonicalEvent } from '../../schemas/canonical.ts'
import type { DeliveryData } from '../../schemas/events/delivery.ts'
import type { OrderData, RefundData } from '../../schemas/events/orders.ts'
import { deliverySlice } from '../../schemas/windows.ts'
import { type Contribution, deliveryContribution, orderContribution, refundContribution } from './contribution.ts'

/** What an event adds to the windows; undefined where its type, or the event itself, counts in none. */
export function contributionOf(event: CanonicalEvent, day: number): Contribution | undefined {
  switch (event.type) {
    case 'ad_delivery.observed': {
      const data = event.data as DeliveryData
      return deliveryContribution(event.tenant, day, deliverySlice(data), data)
    }
    case 'order.observed':
      return orderContribution(event.tenant, day, event.data as OrderData)
    case 'order.refunded':
      return refundContribution(event.tenant, day, event.data as RefundData)
    default:
      return undefined
  }
}

/** Whether a newer observation of this type has to take an older one back out of the windows. */
export function isSuperseding(type: string): type is 'ad_delivery.observed' | 'order.observed' {
  return type === 'ad_delivery.observed' || type === 'order.observed'
}

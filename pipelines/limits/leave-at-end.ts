import type { ServerResponse } from 'node:http'
import type { Stay } from './budgets.ts'

/**
 * Counts a request out when its answer has gone out, or its client has gone. A client may have gone while somebody looked
 * up whose key it sent: of such a response no event comes any more, and a place that waited for one would be lost for good.
 */
export function leaveAtEnd(stay: Pick<Stay, 'leave'>, response: ServerResponse): void {
  // Of a client that goes away there is no response that ends, only a connection that closes.
  response.once('close', stay.leave).once('finish', stay.leave)
  if (response.closed) stay.leave()
}

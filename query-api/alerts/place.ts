import { TOPICS } from '../../schemas/topics.ts'
import { ApiError } from '../problem.ts'

/** The id of an event of the stream: where its record is on the log. */
export function eventId(partition: number, offset: number): string {
  return `${TOPICS.alerts.name}-${partition}-${offset}`
}

/**
 * The offset to go on with behind an event.
 *
 * @param partition  of the asking tenant
 * @throws ApiError `bad_request` for what is no id of this tenant's stream
 */
export function offsetBehind(id: string, partition: number): number {
  const found = /^(.+)-(\d{1,9})-(\d{1,15})$/.exec(id)
  if (found === null || found[1] !== TOPICS.alerts.name || Number(found[2]) !== partition)
    throw new ApiError('bad_request', 'this is no event id of your stream', { path: 'Last-Event-ID' })
  return Number(found[3]) + 1
}

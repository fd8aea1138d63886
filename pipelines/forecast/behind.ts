import { TOPICS } from '../../schemas/topics.ts'
import type { Log } from '../log/port.ts'

/**
 * Whether the main pipeline has so much before it that what is in the store is not yet the present: during a backfill a
 * forecast would be of a past that is still coming in, and would take time from it.
 *
 * @throws LogError
 */
export async function isBehind(log: Log): Promise<boolean> {
  const topic = TOPICS.events.name
  const [bounds, places] = await Promise.all([log.bounds(topic), log.groupOffsets(FACTS_GROUP, topic)])
  const behind = bounds.map(({ end, start }, at) => Math.max(0, end - Math.max(start, places[at]?.offset ?? 0)))
  return behind.reduce((sum, records) => sum + records, 0) > RECORDS_BEHIND
}

/** The main pipeline's group: what it has committed can be read in the store. */
const FACTS_GROUP = 'omnify.facts'
/** Some batches: less than that is in work at any moment. */
const RECORDS_BEHIND = 20_000

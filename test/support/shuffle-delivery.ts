import { Random, STREAM } from '../../ingest/world/random.ts'

/**
 * The same events in another order, some of them twice more: their truth is the same. Works on any list, whatever
 * way the events were made.
 */
export function shuffleDelivery<T>(events: readonly T[], seed: string | number, doubled = 0.1): T[] {
  const random = new Random(seed).reseed(STREAM.shuffle)
  const shuffled: T[] = []
  for (const event of events) {
    shuffled.push(event)
    while (random.chance(doubled)) shuffled.push(event)
  }
  // Fisher and Yates, in Durstenfeld's form.
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = random.below(last + 1)
    const event = shuffled[last]!
    shuffled[last] = shuffled[other]!
    shuffled[other] = event
  }
  return shuffled
}

type Stoppable = { stop(): Promise<void> }

/**
 * Waits for two threads that start side by side.
 *
 * @throws what one of them failed with, when the other has been stopped
 */
export async function bothStarted<A extends Stoppable, B extends Stoppable>(
  first: Promise<A>,
  second: Promise<B>,
): Promise<[A, B]> {
  const [one, other] = await Promise.allSettled([first, second])
  if (one.status === 'fulfilled' && other.status === 'fulfilled') return [one.value, other.value]
  if (one.status === 'fulfilled') await one.value.stop()
  if (other.status === 'fulfilled') await other.value.stop()
  throw one.status === 'rejected' ? one.reason : (other as PromiseRejectedResult).reason
}

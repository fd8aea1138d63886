import { StoreError } from '../../pipelines/store/errors.ts'

export type Flights<T> = {
  /**
   * The result of `run`, or of one under the same key that is under way. The run is stopped when all who wait for it
   * have gone.
   */
  join(
    key: string,
    signal: AbortSignal,
    run: (signal: AbortSignal) => Promise<T>,
  ): Promise<{ value: T; shared: boolean }>
}

/** Lets those who ask the same at the same time share one execution. */
export function makeFlights<T>(): Flights<T> {
  const flights = new Map<string, { result: Promise<T>; waiting: number; stop: AbortController }>()
  return {
    async join(key, signal, run) {
      if (signal.aborted) throw gone()
      let flight = flights.get(key)
      const shared = flight !== undefined
      if (flight === undefined) {
        const stop = new AbortController()
        const begun = { result: run(stop.signal), waiting: 0, stop }
        const forget = () => {
          if (flights.get(key) === begun) flights.delete(key)
        }
        begun.result.then(forget, forget)
        flights.set(key, begun)
        flight = begun
      }
      const joined = flight
      joined.waiting++
      const left = Promise.withResolvers<never>()
      const leave = () => left.reject(gone())
      signal.addEventListener('abort', leave, { once: true })
      try {
        return { value: await Promise.race([joined.result, left.promise]), shared }
      } finally {
        signal.removeEventListener('abort', leave)
        joined.waiting--
        if (joined.waiting === 0) {
          // Nobody may join what is being stopped. After its end both do nothing.
          if (flights.get(key) === joined) flights.delete(key)
          joined.stop.abort()
        }
      }
    },
  }
}

function gone(): StoreError {
  return new StoreError('cancelled', 0, 'the asker has gone')
}

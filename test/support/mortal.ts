import type { Log } from '../../pipelines/log/port.ts'
import type { Store } from '../../pipelines/store/client.ts'

/**
 * Log and store of a process that dies at its n-th effect (an insert, an append, a commit), before or after it: nothing
 * it does later happens.
 */
export function mortal(log: Log, store: Store, n: number, when: 'before' | 'after'): { log: Log; store: Store } {
  let effects = 0
  const act = async <T>(effect: () => Promise<T>): Promise<T> => {
    effects++
    if (effects > n || (effects === n && when === 'before')) throw new Error('died')
    const dies = effects === n
    const result = await effect()
    if (dies) throw new Error('died')
    return result
  }
  return {
    store: { ...store, insertNative: (...args) => act(() => store.insertNative(...args)) },
    log: {
      ...log,
      append: (...args) => act(() => log.append(...args)),
      async join(...args) {
        const consumer = await log.join(...args)
        return { ...consumer, commit: (...place) => act(() => consumer.commit(...place)) }
      },
    },
  }
}

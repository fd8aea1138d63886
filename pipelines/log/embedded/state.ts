import { notStored } from './failure.ts'
import { type Meta, stateKey } from './meta.ts'

/** JSON values only. */
export type StateValue =
  | string
  | number
  | boolean
  | null
  | readonly StateValue[]
  | { readonly [key: string]: StateValue }

/** A small key-value area of the log's meta store, shared by all threads. Keys are at most 1,000 bytes. */
export type EngineState = {
  get(key: string): StateValue | undefined
  /** All in one durable transaction; `undefined` removes. */
  write(entries: readonly { readonly key: string; readonly value: StateValue | undefined }[]): Promise<void>
}

export function engineState(meta: Meta): EngineState {
  return {
    get: (key) => meta.get(stateKey(key)) as StateValue | undefined,
    write: async (entries) => {
      try {
        await meta.write(entries.map(({ key, value }) => ({ key: stateKey(key), value })))
      } catch (error) {
        throw notStored('these values', error)
      }
    },
  }
}

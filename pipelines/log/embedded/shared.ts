import { threadId } from 'node:worker_threads'
import type { Tail } from './segment.ts'

/**
 * What the threads of one process tell each other about a log, in shared memory: how far each partition reaches, who
 * writes it, and whether the log still works. Waiting for new records is `Atomics.waitAsync`: nobody polls.
 *
 * Layout (64-bit words): word 0 is the log's state; then `SLOT_WORDS` per partition, among them the thread that writes it
 * and the one whose members of groups read it.
 */
export const PARTITIONS_MAX = 4_096

const STATE = 0
const FIRST_SLOT = 8
const SLOT_WORDS = 6
const [START, END, SEGMENT, POSITION, WRITER, JOINER] = [0, 1, 2, 3, 4, 5] as const

export const LOG_STATES = ['open', 'failed', 'closed'] as const
export type LogState = (typeof LOG_STATES)[number]

export type SharedTable = {
  readonly memory: SharedArrayBuffer
  state(): LogState
  /** Goes one way only: open, failed, closed. Wakes everybody. */
  setState(state: LogState): void
  start(slot: number): number
  end(slot: number): number
  /** About how many bytes of the segment are published, when it is the one being written; undefined for another. */
  publishedBytes(slot: number, segment: number): number | undefined
  publish(slot: number, tail: Tail): void
  publishStart(slot: number, start: number): void
  /** Resolves when the end is no longer `end`, after `wait_ms`, or when somebody calls `wake`. */
  endMoved(slot: number, end: number, wait_ms: number): Promise<void>
  wake(slot: number): void
  /** Takes the sole right to write a partition, or to read it for groups, for this thread; false when another has it. */
  takeWriter(slot: number): boolean
  takeJoiner(slot: number): boolean
  /** Gives up what this thread took, or (others) what all other threads took. */
  release(whose: 'mine' | 'others'): void
}

export function newSharedMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer((FIRST_SLOT + PARTITIONS_MAX * SLOT_WORDS) * 8)
}

export function openSharedTable(memory: SharedArrayBuffer): SharedTable {
  const words = new BigInt64Array(memory)
  // Thread ids begin at 0, which stands for nobody here.
  const me = BigInt(threadId + 1)
  const at = (slot: number, word: number) => FIRST_SLOT + slot * SLOT_WORDS + word
  const load = (index: number) => Number(Atomics.load(words, index))
  const store = (index: number, value: number) => Atomics.store(words, index, BigInt(value))
  const take = (index: number) => {
    const owner = Atomics.compareExchange(words, index, 0n, me)
    return owner === 0n || owner === me
  }

  return {
    memory,
    state: () => LOG_STATES[load(STATE)] ?? 'failed',
    setState: (state) => {
      const next = LOG_STATES.indexOf(state)
      if (load(STATE) < next) store(STATE, next)
      for (let slot = 0; slot < PARTITIONS_MAX; slot += 1) Atomics.notify(words, at(slot, END))
    },
    start: (slot) => load(at(slot, START)),
    end: (slot) => load(at(slot, END)),
    publishedBytes: (slot, segment) => (load(at(slot, SEGMENT)) === segment ? load(at(slot, POSITION)) : undefined),
    publish: (slot, tail) => {
      // The end last: it alone is the promise. Segment and position are a hint for how much to read at once.
      store(at(slot, POSITION), tail.position)
      store(at(slot, SEGMENT), tail.segment)
      store(at(slot, END), tail.end)
      Atomics.notify(words, at(slot, END))
    },
    publishStart: (slot, start) => {
      store(at(slot, START), start)
    },
    endMoved: async (slot, end, wait_ms) => {
      const { value } = Atomics.waitAsync(words, at(slot, END), BigInt(end), wait_ms)
      await value
    },
    wake: (slot) => {
      Atomics.notify(words, at(slot, END))
    },
    takeWriter: (slot) => take(at(slot, WRITER)),
    takeJoiner: (slot) => take(at(slot, JOINER)),
    release: (whose) => {
      const mine = whose === 'mine'
      for (let slot = 0; slot < PARTITIONS_MAX; slot += 1) {
        for (const index of [at(slot, WRITER), at(slot, JOINER)]) {
          const owner = Atomics.load(words, index)
          if ((owner === me) === mine) Atomics.compareExchange(words, index, owner, 0n)
        }
      }
    },
  }
}

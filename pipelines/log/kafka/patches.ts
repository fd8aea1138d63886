/**
 * Repairs of kafkajs 2.2.4 at run time. kafkajs is abandoned, so no release will bring them; patches.test.ts fails
 * when the code they repair has changed.
 */

import type { Kafkajs } from './kafkajs.ts'

const PATCHED = Symbol.for('omnify.kafkajs.patched')

type Queue = { readonly pending: readonly unknown[] }
type Connection = {
  isConnected(): boolean
  chunks: Buffer[]
  bytesBuffered: number
  bytesNeeded: number
  [CONNECTING]?: Promise<true> | undefined
}
const CONNECTING = Symbol('connecting')

/** Applies the repairs once per process, however often it is called. */
export function patchKafkajs(kafkajs: Kafkajs): void {
  const marker = kafkajs.RequestQueue.prototype as Record<symbol, unknown>
  if (marker[PATCHED] === true) return
  stopIdlePolling(kafkajs)
  connectOnce(kafkajs)
  copyNothing(kafkajs)
  marker[PATCHED] = true
}

/**
 * After every answer kafkajs schedules another look at its queue, at `throttledUntil - now`: a large negative number
 * when nothing is throttled, which Node makes 1 ms (and since Node 24 warns of: TimeoutNegativeWarning). The look
 * schedules the next, so each connection wakes 1,000 times a second for ever: 4 to 5 % of a core when idle. With
 * nothing pending there is nothing to look for; `push` schedules anew when a request has to wait.
 */
function stopIdlePolling(kafkajs: Kafkajs): void {
  const prototype = kafkajs.RequestQueue.prototype
  const schedule = prototype.scheduleCheckPendingRequests as (this: Queue) => void
  prototype.scheduleCheckPendingRequests = function scheduleWhenPending(this: Queue): void {
    if (this.pending.length > 0) schedule.call(this)
  }
}

/**
 * Two requests that find a connection closed both open a socket; both sockets then feed one receive buffer, and one
 * leaks. Here the second waits for the first. And a connection that broke inside an answer kept the torn half, in
 * front of which the next socket's first answer was then parsed: every connection starts with an empty buffer.
 */
function connectOnce(kafkajs: Kafkajs): void {
  const prototype = kafkajs.Connection.prototype
  const connect = prototype.connect as (this: Connection) => Promise<true>
  prototype.connect = function connectShared(this: Connection): Promise<true> {
    if (this.isConnected()) return Promise.resolve(true)
    this[CONNECTING] ??= (() => {
      this.chunks = []
      this.bytesBuffered = 0
      this.bytesNeeded = 4
      return connect.call(this).finally(() => {
        this[CONNECTING] = undefined
      })
    })()
    return this[CONNECTING]
  }
}

/**
 * Behind each answer kafkajs keeps what is left of its buffer, which is nothing, and joins it with the next: that copies
 * every answer once more.
 */
function copyNothing(kafkajs: Kafkajs): void {
  const prototype = kafkajs.Connection.prototype
  const processData = prototype.processData as (this: Connection, bytes: Buffer) => void
  prototype.processData = function processWhole(this: Connection, bytes: Buffer): void {
    if (this.bytesBuffered === 0) this.chunks = []
    processData.call(this, bytes)
  }
}

import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { stopOnSignals } from '../../bin/stop-on-signals.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

function started() {
  const self = Object.assign(new EventEmitter(), { exit: vi.fn() })
  const stopping = new AbortController()
  stopOnSignals(self as unknown as NodeJS.Process, stopping)
  return { self, stopping }
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('%s asks to stop', (signal) => {
  const { self, stopping } = started()
  self.emit(signal)
  expect(stopping.signal.reason).toEqual(new Error(`stopped by ${signal}`))
  expect(self.exit).not.toHaveBeenCalled()
})

test('the same request through terminal and launcher is one; a later one ends the process at once', () => {
  const { self } = started()
  self.emit('SIGINT')
  vi.advanceTimersByTime(999)
  self.emit('SIGINT')
  expect(self.exit).not.toHaveBeenCalled()
  vi.advanceTimersByTime(2)
  self.emit('SIGTERM')
  expect(self.exit).toHaveBeenCalledExactlyOnceWith(143)
})

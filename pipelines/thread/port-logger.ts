import type { MessagePort } from 'node:worker_threads'
import type { Logger } from '../runner/options.ts'
import type { WorkerMessage } from './worker.ts'

/** A logger of a thread, whose lines its owner writes. */
export function portLogger(port: MessagePort): Logger {
  const say = (level: 'info' | 'warn' | 'error') => (text: string) =>
    port.postMessage({ kind: 'log', level, text } satisfies WorkerMessage)
  return { info: say('info'), warn: say('warn'), error: say('error') }
}

import type { Clock } from '../../clock.ts'
import { LogError } from '../port.ts'
import type { EmbeddedLog } from './embedded-log.ts'

/**
 * Deletes what is past its retention, now and then until the log is closed, of the topics that this opening of it writes:
 * those of other threads are theirs to delete from.
 *
 * @param onError  is told of what could not be deleted; it is tried again
 */
export function keepRetention(
  log: Pick<EmbeddedLog, 'applyRetention'>,
  clock: Clock,
  onError: (error: Error) => void,
  every_ms = EVERY_MS,
): void {
  const timer = setInterval(() => {
    log.applyRetention(clock()).catch((error: Error) => {
      if (error instanceof LogError && error.code === 'log_closed') clearInterval(timer)
      else onError(error)
    })
  }, every_ms)
  timer.unref()
}

const EVERY_MS = 60_000

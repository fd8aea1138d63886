import type { Clock } from '../../pipelines/clock.ts'
import type { ImportProgress } from './job.ts'

/** Where progress is shown: standard error, usually. */
export type ProgressStream = {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  write(text: string): unknown
}

export type ProgressBar = {
  update(progress: ImportProgress): void
  /** Ends the line that is being redrawn. */
  end(): void
}

/**
 * Shows how an import goes on: one line, redrawn at most ten times a second, on a terminal; elsewhere (a log file, CI)
 * a line every five seconds.
 */
export function progressBar(stream: ProgressStream, label: string, clock: Clock): ProgressBar {
  const interval_ms = stream.isTTY === true ? 100 : 5_000
  let shown_ms = stream.isTTY === true ? Number.NEGATIVE_INFINITY : clock()
  let shown = ''
  let latest: ImportProgress | undefined
  const draw = (progress: ImportProgress) => {
    const text = describe(progress, label, stream)
    if (text === shown) return
    shown = text
    // \x1b[K clears what a longer line before it left.
    stream.write(stream.isTTY === true ? `\r${text}\x1b[K` : `${text}\n`)
  }
  return {
    update(progress) {
      const changed = latest?.phase !== progress.phase
      latest = progress
      if (!changed && clock() - shown_ms < interval_ms) return
      if (changed && stream.isTTY !== true && clock() - shown_ms < interval_ms) return
      shown_ms = clock()
      draw(progress)
    },
    end() {
      if (latest !== undefined) draw(latest)
      if (stream.isTTY === true && shown !== '') stream.write('\n')
    },
  }
}

const BAR_WIDTH = 24

function describe(progress: ImportProgress, label: string, stream: ProgressStream): string {
  const part = progress.bytes_total === 0 ? 1 : Math.min(1, progress.bytes / progress.bytes_total)
  const percent = `${Math.floor(part * 100)}%`.padStart(4)
  const counts = `${thousands(progress.lines)} lines  ${thousands(Math.round(progress.rate))}/s`
  const doing = progress.phase === 'waiting' ? 'waiting until it can be queried' : counts
  if (stream.isTTY !== true) return `${label} ${percent.trim()}  ${doing}`
  const filled = Math.round(part * BAR_WIDTH)
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled)
  return `${label} ${bar} ${percent}  ${doing}`.slice(0, Math.max(20, (stream.columns ?? 80) - 1))
}

/** 1234567 → 1,234,567, whatever the locale. */
function thousands(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',')
}

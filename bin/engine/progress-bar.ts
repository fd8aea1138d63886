/** A line that says how far something is: redrawn on a terminal, said now and then elsewhere. */
export type ProgressBar = { update(text: string): void; done(text: string | undefined): void }

export function progressBar(stderr: NodeJS.WritableStream, title: string): ProgressBar {
  const isTerminal = (stderr as { isTTY?: boolean }).isTTY === true
  let last = Number.NEGATIVE_INFINITY
  return {
    update(text) {
      const now = performance.now()
      if (now - last < (isTerminal ? 100 : 5_000)) return
      last = now
      stderr.write(isTerminal ? `\r\u001b[K${title}: ${text}` : `${title}: ${text}\n`)
    },
    done(text) {
      if (isTerminal) stderr.write('\r\u001b[K')
      if (text !== undefined) stderr.write(`${title}: ${text}\n`)
    },
  }
}

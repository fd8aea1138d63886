import type { Logger } from '../../pipelines/runner/options.ts'

/** Lines for people, on stderr: what needs attention, and in normal operation nothing. */
export function stderrLogger(stderr: NodeJS.WritableStream, options: { readonly info: boolean }): Logger {
  const line = (level: string, text: string) => stderr.write(`${level}: ${text}\n`)
  return {
    info: (text) => {
      if (options.info) line('info', text)
    },
    warn: (text) => line('warning', text),
    error: (text) => line('error', text),
  }
}

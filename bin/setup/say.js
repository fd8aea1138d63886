import { writeSync } from 'node:fs'

/** One line on stderr: stdout belongs to the results of the command that follows. */
export function say(text) {
  try {
    writeSync(2, `omnify: ${text}\n`)
  } catch (error) {
    // Nobody reads stderr any more, or its pipe is full: no reason to stop setting up.
    if (error.code !== 'EPIPE' && error.code !== 'EAGAIN') throw error
  }
}

/** What the person at the terminal can mend. Printed without a stack. */
export class SetupError extends Error {
  constructor(message, options) {
    super(message, options)
    this.name = 'SetupError'
    this.exitCode = 1
  }
}

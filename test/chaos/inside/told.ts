import { type Control, readControl } from './control.ts'

/** The folder of the control file, inside an engine that the harness started. */
export function controlDir(): string {
  const dir = process.env.CHAOS_CONTROL
  if (dir === undefined) throw new Error('CHAOS_CONTROL is not set: only the chaos harness loads this file')
  return dir
}

/** What the harness says now, at most {@link STALE_MS} old: a clock is asked for often. */
export function told(): Control {
  const now_ms = performance.now()
  if (last === undefined || now_ms - read_ms > STALE_MS) {
    last = readControl(controlDir())
    read_ms = now_ms
  }
  return last
}

const STALE_MS = 20
let last: Control | undefined
let read_ms = 0

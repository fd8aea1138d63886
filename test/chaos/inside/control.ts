import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What the harness tells the engines, in a file of the folder CHAOS_CONTROL: a file, because it reaches every thread of
 * every process, also one that was started a moment ago.
 */
export type Control = {
  /** The port of the fault proxy in front of the store. */
  readonly store_proxy: number
  /** Added to what the clock says. */
  readonly clock_step_ms: number
  /** The embedded log's disk: `full` takes half of a write, `failing` cannot flush. */
  readonly disk: 'good' | 'full' | 'failing'
  readonly session_timeout_ms: number
}

/** How the store is reached without the proxy; the engine's stand-in of the supervisor leaves it here. */
export type StoreNote = { readonly url: string; readonly user: string; readonly password: string }

export function writeControl(dir: string, control: Control): void {
  replace(join(dir, CONTROL), control)
}

export function readControl(dir: string): Control {
  return JSON.parse(readFileSync(join(dir, CONTROL), 'utf8')) as Control
}

export function writeStoreNote(dir: string, note: StoreNote): void {
  replace(join(dir, STORE), note)
}

export function readStoreNote(dir: string): StoreNote {
  return JSON.parse(readFileSync(join(dir, STORE), 'utf8')) as StoreNote
}

const CONTROL = 'control.json'
const STORE = 'store.json'

/** Never half written: others read at any time. */
function replace(path: string, value: unknown): void {
  writeFileSync(`${path}.new`, JSON.stringify(value))
  renameSync(`${path}.new`, path)
}

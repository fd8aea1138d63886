import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { RandomBytes } from '../clock.ts'

/** Writes a tenant's key to `HOME/keys/NAME`, that of `demo` also to `HOME/key`; readable by the owner only. */
export function writeKeyFiles(home: string, tenant: string, key: string, randomBytes: RandomBytes): void {
  writeWhole(join(home, 'keys', tenant), key, randomBytes)
  if (tenant === 'demo') writeWhole(join(home, 'key'), key, randomBytes)
}

/** The key in a tenant's file, or undefined when this machine has none. */
export function readKeyFileOf(home: string, tenant: string): string | undefined {
  try {
    return readFileSync(join(home, 'keys', tenant), 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** All of it or nothing: a reader never sees half a key. */
function writeWhole(path: string, key: string, randomBytes: RandomBytes): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomBytes(6).toString('hex')}.draft`
  const file = openSync(draft, 'wx', 0o600)
  try {
    writeSync(file, `${key}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(draft, path)
}

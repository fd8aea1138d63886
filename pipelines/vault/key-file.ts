import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { RandomBytes } from '../clock.ts'
import { VaultError } from './error.ts'

/**
 * The key-encryption key: 32 random bytes in a file that nobody but its owner may read.
 *
 * @param mayCreate asked only when there is no file; a new key would not open anything that was sealed before
 * @throws VaultError `key_file_invalid`, `key_file_missing`
 */
export async function readKeyFile(
  path: string,
  randomBytes: RandomBytes,
  mayCreate: () => Promise<boolean>,
): Promise<Buffer> {
  const found = readIfThere(path)
  if (found !== undefined) return found
  if (!(await mayCreate())) {
    throw new VaultError('key_file_missing', `${path} is missing, and without it no personal data can be opened again`)
  }
  create(path, randomBytes)
  return readIfThere(path)!
}

function readIfThere(path: string): Buffer | undefined {
  try {
    const { mode } = statSync(path)
    if ((mode & 0o077) !== 0) {
      const octal = (mode & 0o777).toString(8)
      throw new VaultError('key_file_invalid', `${path} has mode ${octal}: only its owner may read it (chmod 600)`)
    }
    const key = readFileSync(path)
    if (key.length !== KEY_BYTES) {
      throw new VaultError('key_file_invalid', `${path} holds ${key.length} bytes; a key has exactly ${KEY_BYTES}`)
    }
    return key
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Whole or not at all, and never over an existing one: of two processes that start at once, one key wins. */
function create(path: string, randomBytes: RandomBytes): void {
  const folder = dirname(path)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomBytes(6).toString('hex')}.draft`
  const file = openSync(draft, 'wx', 0o600)
  try {
    writeSync(file, randomBytes(KEY_BYTES))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    unlinkSync(draft)
  }
  syncFolder(folder)
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

const KEY_BYTES = 32

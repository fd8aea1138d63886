import { createHmac } from 'node:crypto'
import { systemRandomBytes } from '../../pipelines/clock.ts'
import { readKeyFile } from '../../pipelines/vault/key-file.ts'

/** The key that cursors are signed with: all processes that share personal data share the file, so they share this. */
export async function readCursorKey(key_file: string): Promise<Uint8Array> {
  const key = await readKeyFile(key_file, systemRandomBytes, async () => false)
  try {
    return createHmac('sha256', key).update('omnify cursors').digest()
  } finally {
    key.fill(0)
  }
}

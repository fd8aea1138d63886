import { DISPLAY_NAME, type Session } from './names.ts'

/**
 * clickhouse-go begins with this question (clickhouse-go v2, conn_http.go), and reads the answer in the Native format of
 * the protocol version that it asks for, where the store writes that of version 0. `revision()` is 0 in the answer, and
 * every block after it is then read in the form that the store writes.
 */
export function isHello(sql: string, protocol_version: number): boolean {
  return protocol_version > 0 && HELLO.test(sql)
}

const HELLO =
  /^\s*SELECT\s+displayName\(\),\s*version\(\),\s*revision\(\),\s*timezone\(\)\s*(?:FORMAT\s+Native\s*)?;?\s*$/i

/** One block of one row (NativeWriter.cpp): block info, columns, rows; then name, type and value of each. */
export function helloBlock({ version }: Session, protocol_version: number): Buffer {
  const parts: Buffer[] = [BLOCK_INFO, Buffer.from([4, 1])]
  const column = (name: string, type: string, value: Buffer) => {
    parts.push(textOf(name), textOf(type))
    if (protocol_version >= CUSTOM_SERIALIZATION) parts.push(Buffer.from([0]))
    parts.push(value)
  }
  column('displayName()', 'String', textOf(DISPLAY_NAME))
  column('version()', 'String', textOf(version))
  column('revision()', 'UInt32', Buffer.alloc(4))
  column('timezone()', 'String', textOf('UTC'))
  return Buffer.concat(parts)
}

/** Field 1 is_overflows = 0, field 2 bucket_num = −1, end. */
const BLOCK_INFO = Buffer.from([1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0])
/** DBMS_MIN_REVISION_WITH_CUSTOM_SERIALIZATION: from here on each column says whether its form is a special one. */
const CUSTOM_SERIALIZATION = 54_454

/** Shorter than 128 bytes, so its length is one byte. */
function textOf(text: string): Buffer {
  const bytes = Buffer.from(text).subarray(0, 127)
  return Buffer.concat([Buffer.from([bytes.length]), bytes])
}

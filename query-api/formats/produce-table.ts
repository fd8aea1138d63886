import { contentType, type Format } from './format.ts'
import type { Produced } from './produced.ts'
import type { Table } from './table.ts'

/**
 * Rows in a format. What has no place beside the rows in it stands in headers: `x-omnify-watermark`,
 * `x-omnify-next-cursor`.
 */
export function produceTable(table: Table, format: Format): Produced {
  const { meta, rows } = table
  const body = format.encode(table)
  const headers: Record<string, string> = {}
  for (const name of ['query_id', 'watermark', 'next_cursor', 'next_since'] as const) {
    const value = meta[name]
    if (typeof value === 'string') headers[`x-omnify-${name.replace('_', '-')}`] = value
  }
  return {
    type: contentType(format),
    headers,
    body: typeof body === 'string' ? Buffer.from(body) : body instanceof Uint8Array ? bufferOf(body) : body,
    rows: rows.length,
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

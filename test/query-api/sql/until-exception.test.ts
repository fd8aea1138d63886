import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { untilException } from '../../../query-api/sql/until-exception.ts'

const TAG = '0123456789abcdef'
const BLOCK = `\r\n__exception__\r\n${TAG}\r\nCode: 241. DB::Exception: too much\n32 ${TAG}\r\n__exception__\r\n`

function result() {
  const stream = new PassThrough()
  return { stream, rows: untilException({ stream, query_id: 'q', headers: { 'x-clickhouse-exception-tag': TAG } }) }
}

describe('the bytes of a result', () => {
  it('are as they came when nothing failed', async () => {
    const { rows, stream } = result()
    stream.end('1\n2\n')
    expect(await text(rows)).toBe('1\n2\n')
  })

  it.each([1, 7, 1_000])('end in the error that the store says, in pieces of %i bytes', async (size) => {
    const { rows, stream } = result()
    const sent = Buffer.from(`1\n2\n${BLOCK}`)
    for (let at = 0; at < sent.length; at += size) stream.write(sent.subarray(at, at + size))
    stream.end()
    const chunks: string[] = []
    rows.on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
    await expect(text(rows)).rejects.toMatchObject({ name: 'StoreError', code: 241 })
    expect('1\n2\n'.startsWith(chunks.join(''))).toBe(true)
  })

  it.each([
    ['says so', (stream: PassThrough) => stream.end(BLOCK), { code: 241 }],
    ['is cut off', (stream: PassThrough) => stream.destroy(new Error('socket hang up')), { code: 0 }],
  ])(
    'that fail before anybody reads (the store %s) are an error to the reader, and to nobody else',
    async (_, fail, error) => {
      const { rows, stream } = result()
      fail(stream)
      await expect.poll(() => rows.errored).not.toBe(null)
      await nextTurn()
      await expect(text(rows)).rejects.toMatchObject({ name: 'StoreError', ...error })
    },
  )
})

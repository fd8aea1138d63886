import { PassThrough, Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { linesOf } from '../../../bin/detect/lines.ts'

const collect = (chunks: readonly (Buffer | string)[]) => Readable.from(linesOf(Readable.from(chunks))).toArray()

test.each<[string, string[], string[]]>([
  ['whole lines', ['a\nb\n'], ['a', 'b']],
  ['a last line without an end', ['a\nb'], ['a', 'b']],
  ['lines over chunks', ['a', 'b\nc', '\n'], ['ab', 'c']],
  ['the line ends of Windows, over chunks too', ['a\r', '\nb\r\n'], ['a', 'b']],
  ['empty lines', ['\n\r\na'], ['', '', 'a']],
  ['nothing', [], []],
])('%s', async (_, chunks, lines) => {
  expect(await collect(chunks.map((chunk) => Buffer.from(chunk)))).toEqual(lines)
})

test('characters that are cut by a chunk, and a byte order mark', async () => {
  const bytes = Buffer.from('\ufeffé,1\n')
  expect(await collect([...bytes].map((byte) => Buffer.of(byte)))).toEqual(['é,1'])
})

test('a line is there before the next chunk', async () => {
  const stream = new PassThrough()
  const lines = linesOf(stream)
  stream.write('first\nsec')
  expect(await lines.next()).toEqual({ done: false, value: 'first' })
  stream.end('ond')
  expect(await lines.next()).toEqual({ done: false, value: 'second' })
})

test('a line without end is refused', async () => {
  await expect(collect(['x'.repeat(10_001)])).rejects.toThrow('a line has more than 10000 characters')
})

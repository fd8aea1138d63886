import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { hideProgress } from '../../../query-api/clickhouse/hide-progress.ts'

const META = '{"meta":[{"name":"a","type":"String"}]}\n'
const ROW = '{"row":{"a":"\\n{\\"progress\\": é"}}\n'

/** What comes out of some bytes that come in pieces of `size`. */
async function through(text: string, size: number): Promise<string> {
  const bytes = Buffer.from(text)
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
    bytes.subarray(n * size, (n + 1) * size),
  )
  return (await buffer(Readable.from(pieces, { objectMode: false }).compose(hideProgress()))).toString()
}

describe('hideProgress', () => {
  it.each([1, 7, 64, 10_000])('tells rows in whole granules, in pieces of %d bytes', async (size) => {
    const progress = '{"progress":{"read_rows":"8193","read_bytes":"24","total_rows_to_read":"3","elapsed_ns":"17"}}\n'
    const told = '{"progress":{"read_rows":"16384","read_bytes":"0","total_rows_to_read":"8192","elapsed_ns":"17"}}\n'
    expect(await through(META + ROW + progress + ROW + progress, size)).toBe(META + ROW + told + ROW + told)
    expect(await through(META, size)).toBe(META)
  })

  it('hands nothing on that it does not know, and no line without an end', async () => {
    for (const text of [`${META}{"exception":"Code: 6"}\n`, `${META}{"other":1}\n`, META + ROW.slice(0, -1)])
      await expect(through(text, 64)).rejects.toThrow('broke the answer off')
  })
})

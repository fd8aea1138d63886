import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../../ingest/importer/limits.ts'
import { cellsOf } from '../../../../ingest/importer/read/cells.ts'
import { recordSplitter } from '../../../../ingest/importer/read/records.ts'

type Told = { text: string; line: number; code?: string; reason?: string }

function split(
  chunks: readonly Buffer[],
  delimiter: string | undefined,
): { told: Told[]; bytes: number; lines: number } {
  const told: Told[] = []
  const splitter = recordSplitter(
    { delimiter, bytes: 0, lines: 0 },
    {
      record: (text, line) => told.push({ text, line }),
      bad: (text, line, code, reason) => told.push({ text, line, code, reason }),
    },
  )
  for (const chunk of chunks) splitter.push(chunk)
  splitter.end()
  return { told, bytes: splitter.bytes, lines: splitter.lines }
}

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  return places.slice(1).map((end, i) => bytes.subarray(places[i], end))
}

/** RFC 4180 written by the book, for texts that a writer made: the other way round from what is tested. */
function writeCsv(rows: readonly (readonly string[])[], eol: string): string {
  const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  return rows.map((row) => row.map(cell).join(',')).join(eol)
}

const cell = fc
  .oneof(fc.string({ maxLength: 8 }), fc.constantFrom('"', '""', ',', '\n', '\r\n', 'é"ü', 'a,b', '{"x":1}', '日本'))
  // Cells are trimmed; U+FEFF counts as white space, and a NUL or lone half of a pair does not survive UTF-8.
  .map((text) => text.toWellFormed().trim())
const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 5 }), { minLength: 1, maxLength: 12 })

describe('the record splitter', () => {
  it('gives back what an RFC 4180 writer wrote, however the bytes are cut', () => {
    const cuts = fc.array(fc.nat(2000), { maxLength: 6 })
    fc.assert(
      fc.property(rows, fc.constantFrom('\n', '\r\n'), cuts, fc.boolean(), (table, eol, places, ended) => {
        const text = writeCsv(table, eol) + (ended ? eol : '')
        const bytes = Buffer.from(text)
        const { told, bytes: read } = split(cutAt(bytes, places), ',')
        expect(told.filter((one) => one.code !== undefined)).toEqual([])
        expect(told.map((one) => cellsOf(one.text, ','))).toEqual(table)
        expect(read).toBe(bytes.length)
        let line = 1
        for (const [i, row] of table.entries()) {
          expect(told[i]!.line).toBe(line)
          line += writeCsv([row], '').split('\n').length
        }
      }),
      { numRuns: 500, seed: 20260102 },
    )
  })

  it('gives any bytes the same verdict however they are cut, and ends at the last byte', () => {
    const bytes = fc
      .array(fc.constantFrom('"', ',', '\n', '\r', 'a', ' ', 'é', '\u0000'), { maxLength: 60 })
      .chain((letters) =>
        fc.uint8Array({ maxLength: 3 }).map((tail) => Buffer.concat([Buffer.from(letters.join('')), tail])),
      )
    fc.assert(
      fc.property(
        bytes,
        fc.array(fc.nat(80), { maxLength: 5 }),
        fc.constantFrom(',', undefined),
        (data, cuts, comma) => {
          const whole = split([data], comma)
          expect(split(cutAt(data, cuts), comma)).toEqual(whole)
          expect(whole.bytes).toBe(data.length)
          // Every line is part of exactly one record or one refusal.
          const ends = whole.told.map(({ line }) => line)
          expect([...new Set(ends)].sort((a, b) => a - b)).toEqual(ends)
        },
      ),
      { numRuns: 1000, seed: 20260103 },
    )
  })

  it('strips a byte order mark, also when it is cut in the middle', () => {
    const bytes = Buffer.from('\uFEFFid,x\r\n1,2\r\n')
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(split(cutAt(bytes, [cut]), ',').told.map((one) => one.text)).toEqual(['id,x', '1,2'])
    }
  })

  it('refuses an unclosed quote and text behind a quote with their own line only', () => {
    const { told } = split([Buffer.from('a,b\n"x,1\nc,d\n"y"z,2\ne,f\n')], ',')
    expect(told).toEqual([
      { text: 'a,b', line: 1 },
      // The quote of line 2 finds its end in line 4, where other text follows it.
      { text: '"x,1', line: 2, code: 'malformed_line', reason: 'text behind the closing quote of a cell' },
      { text: 'c,d', line: 3 },
      { text: '"y"z,2', line: 4, code: 'malformed_line', reason: 'text behind the closing quote of a cell' },
      { text: 'e,f', line: 5 },
    ])
    expect(split([Buffer.from('a,b\n"x,1\nc,d\n')], ',').told[1]).toEqual({
      text: '"x,1',
      line: 2,
      code: 'malformed_line',
      reason: 'a quoted cell is never closed',
    })
  })

  it('refuses a record that is not UTF-8 and no other', () => {
    const bytes = Buffer.concat([Buffer.from('grün,1\nb'), Buffer.from([0xff]), Buffer.from(',2\nc\uFFFD,3\n')])
    const { told } = split([bytes], ',')
    expect(told.map(({ line, code }) => [line, code])).toEqual([
      [1, undefined],
      [2, 'malformed_line'],
      [3, undefined],
    ])
    expect(told[2]!.text).toBe('c\uFFFD,3')
  })

  it('refuses a 10 MB line, keeps little of it and goes on behind it', () => {
    const huge = Buffer.alloc(10_000_000, 'x')
    const bytes = Buffer.concat([Buffer.from('first\n'), huge, Buffer.from('\nlast\n')])
    const chunks: Buffer[] = []
    for (let at = 0; at < bytes.length; at += LIMITS.chunk_bytes)
      chunks.push(bytes.subarray(at, at + LIMITS.chunk_bytes))
    for (const delimiter of [',', undefined]) {
      const { told, bytes: read, lines } = split(chunks, delimiter)
      expect(told.map(({ line, code }) => [line, code])).toEqual([
        [1, undefined],
        [2, 'event_too_large'],
        [3, undefined],
      ])
      expect(told[1]!.text.length).toBe(LIMITS.raw_bytes_max)
      expect([read, lines]).toEqual([bytes.length, 3])
    }
  })

  it('gives a record of more than a megabyte the same verdict however the bytes are cut', () => {
    const long = `"${'z'.repeat(700_000)}\n${'z'.repeat(700_000)}",1\n`
    const bytes = Buffer.from(`a,0\n${long}b,2\n"${'q'.repeat(1_200_000)}",3\nc,4\n`)
    const whole = split([bytes], ',')
    expect(whole.told.map(({ line, code }) => [line, code])).toEqual([
      [1, undefined],
      [2, 'malformed_line'],
      [3, undefined],
      [4, undefined],
      [5, 'event_too_large'],
      [6, undefined],
    ])
    for (const cuts of [
      [900_000],
      [1_000_500, 1_400_002],
      [100, 1_400_100, 2_500_000],
      [500_000, 1_600_000, 2_700_000],
    ]) {
      expect(split(cutAt(bytes, cuts), ',')).toEqual(whole)
    }
  })

  it('gives up on a quote that stays open for a megabyte, not on the lines in it', () => {
    const line = `${'y'.repeat(999)},1\n`
    const bytes = Buffer.from(`"open\n${line.repeat(2500)}`)
    const chunks = [bytes.subarray(0, 1 << 20), bytes.subarray(1 << 20, 2 << 20), bytes.subarray(2 << 20)]
    const { told } = split(chunks, ',')
    expect(told[0]).toMatchObject({ line: 1, code: 'malformed_line', reason: 'a quoted cell is never closed' })
    expect(told.slice(1).every(({ code }) => code === undefined)).toBe(true)
    expect(told).toHaveLength(2501)
  })
})

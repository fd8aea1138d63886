import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PAGES, writePages } from '../../../bin/commands/docs.ts'
import { SETTINGS } from '../../../bin/config.ts'
import { eventsPage, fieldsOf } from '../../../bin/docs/events.ts'
import { ERRORS } from '../../../schemas/errors.ts'
import { FAMILIES } from '../../../schemas/events/registry.ts'
import { FACT_TABLES } from '../../../schemas/tables.ts'
import { TOPICS } from '../../../schemas/topics.ts'

const REAL = join(dirname(dirname(dirname(import.meta.dirname))), 'docs')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'omnify-docs-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function write(pages: typeof PAGES, into: string, checkOnly: boolean) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const code = await writePages(pages, into, checkOnly, stdout, stderr)
  return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') }
}

test('the pages in docs/ are what the code says', async () => {
  expect(await write(PAGES, REAL, true)).toEqual({ code: 0, out: '', err: '' })
})

test('stale and missing pages are named; --check changes nothing', async () => {
  const pages = { 'a.md': () => 'a\n', 'b.md': () => 'b\n', 'c.md': () => 'c\n' }
  writeFileSync(join(folder, 'a.md'), 'a\n')
  writeFileSync(join(folder, 'b.md'), 'old\n')
  const check = await write(pages, folder, true)
  expect(check).toMatchObject({ code: 1, out: 'docs/b.md\ndocs/c.md\n' })
  expect(check.err).toContain('2 of 3 pages')
  expect(readFileSync(join(folder, 'b.md'), 'utf8')).toBe('old\n')

  expect(await write(pages, folder, false)).toEqual({ code: 0, out: 'docs/b.md\ndocs/c.md\n', err: '' })
  expect(readFileSync(join(folder, 'c.md'), 'utf8')).toBe('c\n')
  expect(await write(pages, folder, true)).toEqual({ code: 0, out: '', err: '' })
})

test('every code and every setting is on its page, one row each', () => {
  const rows = (page: string) => page.split('\n').filter((line) => line.startsWith('| `')).length
  expect(rows(PAGES['errors.md']!())).toBe(Object.keys(ERRORS).length)
  expect(rows(PAGES['configuration.md']!())).toBe(SETTINGS.length)
})

test.each(FAMILIES.map((family) => [family.type, family] as const))(
  'every field of %s says what it is',
  (type, family) => {
    const rows = fieldsOf(family.input)
    const { shape } = family.input._zod.def as unknown as { shape: object }
    expect(rows.filter(({ path }) => !/[.[]/.test(path)).map(({ path }) => path)).toEqual(Object.keys(shape))
    for (const row of rows) {
      expect(row.meaning, row.path).not.toBe('')
      expect(row.type, row.path).toMatch(/^(?!.*(null|undefined))\S/)
    }
    expect(eventsPage()).toContain(`## \`${type}\``)
  },
)

test('tables and topics are all there', () => {
  for (const { name } of FACT_TABLES) expect(PAGES['tables.md']!()).toContain(`### \`${name}\``)
  for (const { name } of Object.values(TOPICS)) expect(PAGES['topics.md']!()).toContain(`| \`${name}\` |`)
})

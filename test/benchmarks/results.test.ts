import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Benchmark, Report } from '../../benchmarks/benchmark.ts'
import { BENCHMARKS } from '../../benchmarks/list.ts'
import { RESULTS, readResults, withTable } from '../../benchmarks/results.ts'

const MARKS = '<!-- results: npm run bench -- readme -->\nold\n<!-- end of results -->'

const sample = { name: 'sample', shows: ['rows', 'cpu_s'], breaks_down: 'us' } as unknown as Benchmark
const report = {
  benchmark: 'sample',
  rows: 12_345,
  cpu_s: null,
  us: { 'pipelines/windows': 2.5, 'pipelines/facts': 1 },
  goals: [
    { figure: 'seconds', value: 61, at_most: 60, at_least: null, met: false },
    { figure: 'ratio', value: 0.5, at_most: null, at_least: 0.5, met: true },
  ],
  machine: { chdb: '3', cores: 2, cpu: 'C', memory_gb: 4, node: '24', temporary_folder: 'ext4' },
  commit: '0123456789abcdef',
  uncommitted: true,
} as unknown as Report

test('a row says goals, figures, what was missed, and what was measured', () => {
  const page = withTable(`before\n${MARKS}\nafter`, [sample], new Map([['sample', report]]))
  expect(page).toContain(
    '| `sample` | seconds ≤ 60<br>ratio ≥ 0.5 | 61 **missed**<br>0.5 | rows 12,345<br>cpu_s not measured | 01234567 with changes |',
  )
  expect(page).toContain('Measured on 2 cores (C), 4 GB, ext4, Node 24, chDB 3.')
  expect(page).toContain('| `sample` | us |\n| --- | ---: |\n| pipelines/windows | 2.5 |\n| pipelines/facts | 1 |\n')
  expect(page.startsWith('before\n') && page.endsWith('\nafter')).toBe(true)
  expect(page).not.toContain('old')
  expect(withTable(page, [sample], new Map([['sample', report]]))).toBe(page)
})

test('what was never recorded says so; a page without a place for the table is an error', () => {
  expect(withTable(MARKS, [sample], new Map())).toContain('| `sample` | | not recorded | | |')
  expect(() => withTable('a page', [sample], new Map())).toThrow('the page has no <!-- results')
})

test('the table of the page is what was recorded, and every benchmark is explained', async () => {
  const page = await readFile(join(RESULTS, '../README.md'), 'utf8')
  expect(withTable(page, BENCHMARKS, await readResults())).toBe(page)
  for (const { name } of BENCHMARKS) expect(page).toContain(`### \`${name}\``)
})

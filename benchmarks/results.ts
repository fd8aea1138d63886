import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Benchmark, GoalReport, Report } from './benchmark.ts'

/** Where recorded results lie, one file each. */
export const RESULTS = join(import.meta.dirname, 'results')

/** What was recorded, by name of the benchmark. */
export async function readResults(folder = RESULTS): Promise<ReadonlyMap<string, Report>> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json'))
  const reports = await Promise.all(files.map(async (file) => JSON.parse(await readFile(join(folder, file), 'utf8'))))
  return new Map((reports as Report[]).map((report) => [report.benchmark, report]))
}

/**
 * The page with its table made anew from recorded results.
 *
 * @throws Error when the page has no place for the table
 */
export function withTable(
  page: string,
  benchmarks: readonly Benchmark[],
  results: ReadonlyMap<string, Report>,
): string {
  const [before, rest] = split(page, BEGIN)
  const [, after] = split(rest, END)
  const lines = [
    '| benchmark | goal | measured | besides | commit |',
    '| --- | --- | --- | --- | --- |',
    ...benchmarks.map((benchmark) => lineOf(benchmark, results.get(benchmark.name))),
    '',
    ...machinesOf([...results.values()]),
    ...benchmarks.flatMap((benchmark) => breakdownOf(benchmark, results.get(benchmark.name))),
  ]
  return `${before}${BEGIN}\n${lines.join('\n')}\n${END}${after}`
}

const BEGIN = '<!-- results: npm run bench -- readme -->'
const END = '<!-- end of results -->'

function split(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  if (at === -1) throw new Error(`the page has no ${mark}`)
  return [text.slice(0, at), text.slice(at + mark.length)]
}

function lineOf({ name, shows }: Benchmark, report: Report | undefined): string {
  if (report === undefined) return `| \`${name}\` | | not recorded | | |`
  const goals = report.goals.map((goal) => `${goal.figure} ${boundOf(goal)}`).join('<br>')
  const measured = report.goals.map(({ met, value }) => `${spoken(value)}${met ? '' : ' **missed**'}`).join('<br>')
  const besides = shows.map((figure) => `${figure} ${spoken(report[figure])}`).join('<br>')
  return `| \`${name}\` | ${goals || 'none'} | ${measured} | ${besides} | ${commitOf(report)} |`
}

function boundOf({ at_least, at_most }: GoalReport): string {
  return at_most === null ? `≥ ${spoken(at_least)}` : `≤ ${spoken(at_most)}`
}

function spoken(value: unknown): string {
  if (value === null || value === undefined) return 'not measured'
  return typeof value === 'number' ? value.toLocaleString('en-US') : String(value)
}

function commitOf({ commit, uncommitted }: Report): string {
  if (typeof commit !== 'string') return ''
  return `${commit.slice(0, 8)}${uncommitted === true ? ' with changes' : ''}`
}

function breakdownOf({ breaks_down, name }: Benchmark, report: Report | undefined): string[] {
  if (breaks_down === undefined || report === undefined) return []
  const parts = Object.entries(report[breaks_down] as Readonly<Record<string, number>>)
  const lines = parts.map(([part, value]) => `| ${part} | ${spoken(value)} |`)
  return ['', `| \`${name}\` | ${breaks_down} |`, '| --- | ---: |', ...lines]
}

/** One line for each kind of machine that results came from. */
function machinesOf(reports: readonly Report[]): string[] {
  const lines = reports.map(({ machine }) => {
    const { chdb, cores, cpu, memory_gb, node, temporary_folder } = machine as Readonly<Record<string, unknown>>
    return `Measured on ${cores} cores (${cpu}), ${memory_gb} GB, ${temporary_folder}, Node ${node}, chDB ${chdb}.`
  })
  return [...new Set(lines)]
}

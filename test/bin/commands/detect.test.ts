import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { run } from '../../../bin/commands/detect.ts'
import { readConfig } from '../../../bin/config.ts'

async function detect(input: string): Promise<string> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const config = readConfig({ env: {}, cwd: '/', projectDir: '/', isNewHome: () => false })
  const { signal } = new AbortController()
  stdin.end(input)
  const out = stdout.setEncoding('utf8').toArray()
  try {
    expect(await run({ config, args: [], flags: {}, stdin, stdout, stderr, env: {}, signal })).toBe(0)
  } finally {
    stdout.end()
  }
  return (await out).join('')
}

/** Two weeks of five minutes with one spike. */
const series = Array.from({ length: 4032 }, (_, row) => {
  const time = new Date(1_700_000_000_000 + row * 300_000).toISOString()
  return `${time},${row === 3000 ? '900.50' : ((row * 7919) % 100) / 10}`
})

test('answers every line, its first two columns byte for byte, and finds the spike', async () => {
  const answer = (await detect(`timestamp,value\n${series.join('\n')}\n`)).split('\n')
  expect(answer[0]).toBe('timestamp,value,score,alert')
  expect(answer.at(-1)).toBe('')
  const rows = answer.slice(1, -1).map((line) => /^(.*),([\d.]+),([01])$/.exec(line)!)
  expect(rows.map(([, row]) => row)).toEqual(series)
  for (const [, , score, alert] of rows) {
    expect(Number(score)).toBeGreaterThanOrEqual(0)
    expect(Number(score)).toBeLessThanOrEqual(1)
    expect(alert).toBe(Number(score) >= 0.5 ? '1' : '0')
  }
  expect(rows.flatMap(([, , , alert], row) => (alert === '1' ? [row] : []))).toEqual([3000])
})

test('quoted fields are read, and written as they came', async () => {
  const quoted = series.slice(0, 200).map((line) => `"${line.replace(',', '", "')}" `)
  const plain = (await detect(series.slice(0, 200).join('\n'))).trimEnd().split('\n').slice(1)
  const answers = (await detect(`"time","value"\n${quoted.join('\n')}\n`)).trimEnd().split('\n').slice(1)
  expect(answers).toEqual(plain.map((answer, row) => answer.replace(series[row]!, quoted[row]!)))
})

test('the header is optional, and so is the end of the last line', async () => {
  expect(await detect(series.join('\r\n'))).toBe(await detect(`when,what\n${series.join('\n')}\n\n`))
  expect(await detect('')).toBe('timestamp,value,score,alert\n')
})

test.each([
  ['0,1\n300,oops\n600,1\n', 'line 2 of the input: "oops" is not a finite number'],
  ['timestamp,value\nx\n', 'line 2 of the input: a line is timestamp,value, this one has 1 fields'],
  ['0,1\n\n300,1\n', 'line 2 of the input is empty'],
  ['t,v\nt,v\n', 'line 2 of the input: "t" is neither'],
])('%j is refused by its line', async (input, reason) => {
  await expect(detect(input)).rejects.toThrow(reason)
})

test('a live series is answered line by line', async () => {
  const project = join(import.meta.dirname, '../../..')
  const child = spawn(process.execPath, [join(project, 'bin/omnify.js'), 'detect'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const answers = child.stdout.setEncoding('utf8')[Symbol.asyncIterator]()
  let text = ''
  const next = async () => {
    while (!text.includes('\n')) text += (await answers.next()).value
    const line = text.slice(0, text.indexOf('\n'))
    text = text.slice(line.length + 1)
    return line
  }
  child.stdin.write('timestamp,value\n')
  expect(await next()).toBe('timestamp,value,score,alert')
  for (const row of series.slice(0, 20)) {
    child.stdin.write(`${row}\n`)
    expect(await next()).toBe(`${row},0.000000,0`)
  }
  child.stdin.end()
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0)
})

test('a reader that leaves ends it quietly, at once', async () => {
  const project = join(import.meta.dirname, '../../..')
  const child = spawn(process.execPath, [join(project, 'bin/omnify.js'), 'detect'], { stdio: 'pipe' })
  const errors = child.stderr.setEncoding('utf8').toArray()
  child.stdin.on('error', (error: NodeJS.ErrnoException) => expect(error.code).toBe('EPIPE'))
  child.stdin.write('timestamp,value\n')
  await new Promise((resolve) => child.stdout.once('data', resolve))
  child.stdout.destroy()
  // Its input stays open: only the reader has gone, which the next answer finds out.
  child.stdin.write(`${series[0]}\n`)
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0)
  expect((await errors).join('')).toBe('')
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { simulateShop } from '../../../benchmarks/ltv/simulate-shop.ts'
import type { CommandContext, Flags } from '../../../bin/command.ts'
import { run } from '../../../bin/commands/forecast.ts'
import { dateOf, dayOf } from '../../../bin/forecast/days.ts'
import { seeded } from '../../../models/math/random.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'omnify-forecast-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function forecast(flags: Flags): Promise<string> {
  return (await spoken(flags)).out
}

async function spoken(flags: Flags): Promise<{ readonly out: string; readonly err: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const signal = new AbortController().signal
  const code = await run({ args: ['ltv'], flags, stdout, stderr, signal } as unknown as CommandContext)
  expect(code).toBe(0)
  return { out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') }
}

function fileOf(name: string, content: string | Buffer): string {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}

const shop = simulateShop(seeded(21), 40)
const lines = shop.all.flatMap(({ id, days, values }) => days.map((day, i) => `${id},${dateOf(day)},${values[i]}`))
const flags = { cut: dateOf(shop.first_day + 200), horizon: '60' }

test('a line per customer with an order by the cut, and sums that agree with the totals', async () => {
  const orders = fileOf('orders.csv', `customer,date,value\n${lines.join('\n')}\n`)
  const [header, ...rows] = (await forecast({ ...flags, orders })).trimEnd().split('\n')
  expect(header).toBe('customer,p_alive,orders_mean,value_mean,q05,q10,q50,q90,q95')
  const known = shop.all.filter(({ days }) => days[0]! <= shop.first_day + 200)
  expect(rows.map((row) => row.split(',')[0])).toEqual(known.map(({ id }) => id))
  for (const row of rows) for (const cell of row.split(',')) expect(Number(cell)).toSatisfy(Number.isFinite)

  const totals = JSON.parse(await forecast({ ...flags, orders, totals: true })) as Totals
  const sum = rows.reduce((all, row) => all + Number(row.split(',')[3]), 0)
  expect(sum).toBeCloseTo(totals.total.mean, 2)
  expect(totals.cohorts.reduce((all, { mean }) => all + mean, 0)).toBeCloseTo(totals.total.mean, 6)
  expect(totals.cohorts.reduce((all, { customers }) => all + customers, 0)).toBe(rows.length)
  expect(Object.keys(totals.total)).toEqual(['mean', 'q05', 'q10', 'q50', 'q90', 'q95'])
  expect(Object.keys(totals.cohorts[0]!)).toEqual(['week', 'customers', ...Object.keys(totals.total)])
  for (const { week } of totals.cohorts) expect(new Date(`${week}T00:00:00Z`).getUTCDay()).toBe(1)
})

test('order of lines and columns, quotes, line ends, times and gzip change nothing', async () => {
  const plain = await forecast({ ...flags, orders: fileOf('plain.csv', `customer,date,value\n${lines.join('\n')}`) })
  const odd = lines.toReversed().map((line) => {
    const [customer, date, value] = line.split(',')
    return `x,${value},"${date}T23:59:59Z","${customer}"`
  })
  const orders = fileOf('odd.csv.gz', gzipSync(`\uFEFFnote,value,date,customer\r\n${odd.join('\r\n')}\r\n\r\n`))
  expect(await forecast({ ...flags, orders })).toBe(plain)
  expect(await forecast({ ...flags, orders: fileOf('bare.csv', lines.join('\n')) })).toBe(plain)
})

test('too little is an answer in the shape of a forecast', async () => {
  const content = `customer,date,value\n"b,c",1997-01-03,5\na,1997-01-02,5\nlate,1999-01-01,5\n`
  const orders = fileOf('few.csv', content)
  const customers = await spoken({ cut: '1998-01-01', horizon: '60', orders })
  const insufficient = Array(8).fill('insufficient').join(',')
  expect(customers.out).toBe(
    `customer,p_alive,orders_mean,value_mean,q05,q10,q50,q90,q95\na,${insufficient}\n"b,c",${insufficient}\n`,
  )
  expect(customers.err).toBe(
    'too little to forecast from by the cut: customers 2 of 30, repeat orders 0 of 15, paid orders 2 of 15\n',
  )
  const totals = await spoken({ cut: '1998-01-01', horizon: '60', orders, totals: true })
  expect(JSON.parse(totals.out)).toMatchObject({
    total: { mean: null, q05: null, q10: null, q50: null, q90: null, q95: null },
    cohorts: [],
    insufficient: { needed: { customers: 30 }, seen: { customers: 2 } },
  })
  expect(totals.err).toBe(customers.err)
})

test.each([
  ['', 'empty.csv has no orders'],
  ['customer,date,value\n', 'empty.csv has no orders'],
  ['customer,date\na,1997-01-02\n', 'the header of .*empty.csv has no value$'],
  ['id,when,amount\na,1997-01-02,5\n', 'the header of .*empty.csv has no customer, date, value$'],
])('%j is no file of orders', async (content, reason) => {
  const orders = fileOf('empty.csv', content)
  await expect(forecast({ ...flags, orders })).rejects.toThrow(new RegExp(reason))
})

test('a directory and what only calls itself gzip are refused by name', async () => {
  await expect(forecast({ ...flags, orders: folder })).rejects.toThrow(`${folder} is a directory`)
  const orders = fileOf('plain.csv.gz', 'customer,date,value\n')
  await expect(forecast({ ...flags, orders })).rejects.toThrow(`${orders} is not gzip`)
})

test('refunds and free orders are told', async () => {
  const odd = ['z,1997-01-05,-5', `${lines[0]!.split(',', 2).join()},-1`, 'y,1997-01-05,0']
  const orders = fileOf('refunds.csv', ['customer,date,value', ...lines, ...odd].join('\n'))
  expect((await spoken({ ...flags, orders, totals: true })).err).toBe(
    `${orders}: rows: 2 with a value below zero, taken as refunds, and 1 with a value of zero, taken as orders that ` +
      'brought nothing; customers with nothing but refunds, left out: 1\n',
  )
})

test.each([
  ['a,1997-01-32,5', 'line 2 of'],
  ['a,yesterday,5', '"yesterday" is no date'],
  ['a,1997-01-02,', '"" is no value'],
  ['a,1997-01-02,1e999', 'is no value'],
  [',1997-01-02,5', 'no customer'],
])('%s is refused with its line', async (line, reason) => {
  const orders = fileOf('bad.csv', `customer,date,value\n${line}\n`)
  await expect(forecast({ ...flags, orders })).rejects.toThrow(reason)
})

test.each<[Flags, string]>([
  [{ cut: '1997-09-30', horizon: '30' }, '--orders is needed'],
  [{ orders: 'x', cut: '30.9.1997', horizon: '30' }, '--cut must be a date'],
  [{ orders: 'x', cut: '1997-09-30', horizon: '0' }, '--horizon must be a whole number from 1'],
  [{ orders: 'x', cut: '1997-09-30' }, '--horizon is needed'],
])('%j is wrong use', async (given, reason) => {
  await expect(forecast(given)).rejects.toThrow(reason)
})

test('days of the calendar only', () => {
  expect(dayOf('1970-01-02')).toBe(1)
  expect(dayOf('1997-01-01')).toBe(9862)
  expect(dateOf(9862)).toBe('1997-01-01')
  for (const text of ['1997-02-29', '1997-13-01', '1997-1-1', '19970101', '']) expect(dayOf(text)).toBeNull()
})

type Totals = {
  readonly total: Readonly<Record<'mean' | 'q10' | 'q90', number>>
  readonly cohorts: readonly { readonly week: string; readonly customers: number; readonly mean: number }[]
}

import { expect, it } from 'vitest'
import type { ImportProgress } from '../../../ingest/importer/job.ts'
import { progressBar } from '../../../ingest/importer/progress.ts'

const half: ImportProgress = { bytes: 500, bytes_total: 1000, lines: 12_345, rate: 6789.4, phase: 'sending' }

function shown(isTTY: boolean) {
  const written: string[] = []
  const time = { now_ms: 0 }
  const stream = { isTTY, columns: 100, write: (text: string) => written.push(text) }
  return { written, time, bar: progressBar(stream, 'orders.csv', () => time.now_ms) }
}

it('redraws one line on a terminal, at most ten times a second', () => {
  const { written, time, bar } = shown(true)
  bar.update(half)
  time.now_ms = 50
  bar.update({ ...half, bytes: 600 })
  time.now_ms = 120
  bar.update({ ...half, bytes: 1000, lines: 1_234_567 })
  bar.end()
  expect(written).toEqual([
    '\rorders.csv ████████████░░░░░░░░░░░░  50%  12,345 lines  6,789/s\x1b[K',
    '\rorders.csv ████████████████████████ 100%  1,234,567 lines  6,789/s\x1b[K',
    '\n',
  ])
})

it('writes a line every five seconds elsewhere, and the last state at the end', () => {
  const { written, time, bar } = shown(false)
  for (time.now_ms = 0; time.now_ms <= 11_000; time.now_ms += 1000) {
    bar.update({ ...half, bytes: time.now_ms / 20 })
  }
  bar.update({ ...half, bytes: 1000, phase: 'waiting' })
  bar.end()
  expect(written).toEqual([
    'orders.csv 25%  12,345 lines  6,789/s\n',
    'orders.csv 50%  12,345 lines  6,789/s\n',
    'orders.csv 100%  waiting until it can be queried\n',
  ])
})

it('shows an empty file as done', () => {
  const { written, bar } = shown(true)
  bar.update({ bytes: 0, bytes_total: 0, lines: 0, rate: 0, phase: 'sending' })
  expect(written[0]).toContain('100%')
})

import { expect, test } from 'vitest'
import type { NabFile } from '../../../benchmarks/nab/corpus.ts'
import { bestThreshold, normalised, PROFILES, rawScore } from '../../../benchmarks/nab/score.ts'

function fileOf(rows: number, windows: NabFile['windows'], probation_rows = 0): NabFile {
  const texts = Array.from({ length: rows }, (_, row) => `${row}`)
  return { name: 'c/f.csv', category: 'c', timestamps: texts, values: texts, windows, probation_rows }
}

const alarmsAt = (rows: number, ...places: number[]) =>
  Float64Array.from({ length: rows }, (_, row) => (places.includes(row) ? 1 : 0))

const file = fileOf(100, [{ first: 40, last: 49 }])
const of = (...places: number[]) => rawScore({ file, scores: alarmsAt(100, ...places) }, 1, PROFILES.standard)
const sigmoid = (position: number) => 2 / (1 + Math.exp(5 * position)) - 1

test.each<[string, number[], number]>([
  ['no alarm misses the window', [], -1],
  ['the first row of a window is a whole hit', [40], 1],
  ['a later row is worth less', [45], sigmoid(-0.5) / sigmoid(-1)],
  ['the last row is worth something still', [49], sigmoid(-0.1) / sigmoid(-1)],
  ['only the earliest alarm in a window counts', [42, 43, 48], sigmoid(-0.8) / sigmoid(-1)],
  ['before any window a false alarm costs its whole weight', [10], -1 - 0.11],
  ['close behind a window it costs less', [50], -1 + 0.11 * sigmoid(1 / 9)],
  ['three widths behind it costs its whole weight again', [76, 77], -1 - 0.22],
])('%s', (_, places, expected) => {
  expect(of(...places)).toBeCloseTo(expected, 12)
})

test('rows of the probation are not scored', () => {
  const scored = { file: fileOf(100, [{ first: 40, last: 49 }], 15), scores: alarmsAt(100, 3, 14) }
  expect(rawScore(scored, 1, PROFILES.standard)).toBe(-1)
})

test('never alarming is 0, alarming at the first row of each window and nowhere else is 100', () => {
  for (const profile of Object.values(PROFILES)) {
    const silent = [{ file, scores: alarmsAt(100) }]
    expect(normalised(rawScore(silent[0]!, 1, profile), silent, profile)).toBe(0)
    const perfect = [{ file, scores: alarmsAt(100, 40) }]
    expect(normalised(rawScore(perfect[0]!, 1, profile), perfect, profile)).toBeCloseTo(100, 12)
  }
})

test('the best threshold is the one that no other beats', () => {
  const scores = Float64Array.from({ length: 100 }, (_, row) => ((row * 37) % 100) / 100)
  const files = [
    { file, scores },
    { file: fileOf(100, [{ first: 70, last: 80 }], 10), scores: scores.toReversed() },
  ]
  for (const profile of Object.values(PROFILES)) {
    const at = (threshold: number) => files.reduce((sum, one) => sum + rawScore(one, threshold, profile), 0)
    const best = bestThreshold(files, profile)
    expect(at(best.threshold)).toBeCloseTo(best.raw, 12)
    expect(best.raw).toBeCloseTo(Math.max(at(2), ...scores.map(at)), 12)
  }
})

test('where every alarm costs, the best is none', () => {
  const best = bestThreshold([{ file: fileOf(50, []), scores: alarmsAt(50, 3) }], PROFILES.standard)
  expect(best).toEqual({ threshold: Number.POSITIVE_INFINITY, raw: -0 })
})

test('scores of another length are refused', () => {
  expect(() => rawScore({ file, scores: [1] }, 1, PROFILES.standard)).toThrow(/has 100 rows, scored are 1/)
})

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { elementsOf } from '../../../ingest/collector/elements.ts'

/** What the cuts of a text say, when each of them is JSON. */
function cutAndParsed(text: string): unknown[] | undefined {
  const bytes = Buffer.from(text)
  const cut = elementsOf(bytes)
  if (cut === undefined) return undefined
  const pieces = cut.starts.map((start, i) => bytes.toString('utf8', start, cut.ends[i]))
  expect(cut.longest).toBe(Math.max(...pieces.map((piece) => Buffer.byteLength(piece))))
  try {
    return pieces.map((piece) => JSON.parse(piece) as unknown)
  } catch {
    return undefined
  }
}

const object = fc.dictionary(
  fc.string({ unit: 'binary', maxLength: 5 }),
  fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom('"', '\\', '\\"', '}', '[{', '],', 'é')),
)

it('cuts an array of objects into its elements, whatever stands in them', () => {
  fc.assert(
    fc.property(fc.array(object, { minLength: 1, maxLength: 6 }), fc.nat({ max: 3 }), (objects, indent) => {
      const text = JSON.stringify(objects, null, indent)
      expect(cutAndParsed(text)).toStrictEqual(JSON.parse(text))
      expect(cutAndParsed(` \n${text}\t`)).toStrictEqual(JSON.parse(text))
    }),
    { seed: 20260106, numRuns: 500 },
  )
})

it('never finds an array where there is none', () => {
  let cut = 0
  const change = fc.tuple(
    fc.nat(),
    fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', ' ', '1', ''),
    fc.boolean(),
  )
  fc.assert(
    fc.property(
      fc.array(object, { minLength: 1, maxLength: 4 }),
      fc.array(change, { maxLength: 3 }),
      (objects, changes) => {
        let text = JSON.stringify(objects)
        for (const [n, put, keep] of changes) {
          const at = n % (text.length + 1)
          text = text.slice(0, at) + put + text.slice(keep ? at : at + 1)
        }
        const found = cutAndParsed(text)
        if (found === undefined) return
        cut++
        expect(found).toStrictEqual(JSON.parse(Buffer.from(text).toString()))
      },
    ),
    { seed: 20260107, numRuns: 2_000 },
  )
  expect(cut).toBeGreaterThan(400)
})

it.each(['', '[]', '[1]', '{}', '[{}', '[{}]]', '[{},]', '[{}{}]', '[{}] x', 'null', '[{"a":"]'])(
  'leaves %j',
  (text) => {
    expect(elementsOf(Buffer.from(text))).toBeUndefined()
  },
)

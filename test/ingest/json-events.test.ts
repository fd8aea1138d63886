import { expect, it } from 'vitest'
import { jsonWriter } from '../../ingest/json-events.ts'

it('writes each event where it says, in memory that grows and is used again', () => {
  const asJson = jsonWriter()
  for (const size of [3, 500, 0, 2]) {
    const events = Array.from({ length: size }, (_, i) => ({ id: `e${i}`, data: { text: `ünï€ ${'x'.repeat(i)}` } }))
    const { bytes, starts, ends, parse } = asJson(events)
    expect(starts).toHaveLength(size)
    for (const [i, event] of events.entries()) {
      expect(JSON.parse(bytes.toString('utf8', starts[i], ends[i]))).toStrictEqual(event)
      expect(parse(i)).toStrictEqual({ event })
    }
  }
  const large = asJson([{ id: 'x'.repeat(100_000) }]).bytes
  expect(asJson([{ id: 'y' }]).bytes).toBe(large)
})

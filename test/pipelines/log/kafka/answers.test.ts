import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Answers } from '../../../../pipelines/log/kafka/answers.ts'

function framed(body: Uint8Array): Buffer {
  const head = Buffer.alloc(4)
  head.writeInt32BE(body.length)
  return Buffer.concat([head, body])
}

it('gives whole answers, however their bytes come, from a buffer that is written over', () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 5_000 }), { maxLength: 8 })
  fc.assert(
    fc.property(bodies, fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1 }), (all, cuts) => {
      const answers: Buffer[] = []
      const reader = new Answers((answer) => answers.push(answer))
      const stream = Buffer.concat(all.map(framed))
      const buffer = Buffer.alloc(3_000)
      for (let at = 0, n = 0; at < stream.length; n++) {
        const count = stream.copy(buffer, 0, at, Math.min(stream.length, at + cuts[n % cuts.length]!))
        reader.take(buffer, count)
        buffer.fill(0xee)
        at += count
      }
      expect(answers).toEqual(all.map(framed))
    }),
    { seed: 5 },
  )
})

it.each([-1, 0x48545450])('refuses %i as the size of an answer: nothing is allocated for it', (size) => {
  const head = Buffer.alloc(4)
  head.writeInt32BE(size)
  const reader = new Answers(() => expect.unreachable())
  expect(() => reader.take(head, 4)).toThrow('is this Kafka?')
})

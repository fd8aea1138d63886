import { describe, expect, it } from 'vitest'
import { whyNoBroker } from '../support/kafka-broker.ts'
import { skipLoudly } from '../support/kafka-shared.ts'
import { shortForm } from './short-form.ts'

const absent = whyNoBroker()
if (absent !== null) skipLoudly('chaos on Kafka', absent)

describe.skipIf(absent !== null)('on Kafka', () => {
  it('a group of workers under 18 faults: nothing lost, doubled or wrong', { timeout: 400_000 }, async () => {
    expect(await shortForm('kafka', 18)).toMatchObject({
      findings: [],
      lost: 0,
      doubled: 0,
      wrong_windows: 0,
      ok: true,
    })
  })
})

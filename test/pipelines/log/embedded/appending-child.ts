/**
 * A process of its own for the kill test: appends numbered records to both partitions until it is killed, and says on
 * stdout which it was told are durable. Starts where the log ends.
 */

import { writeSync } from 'node:fs'
import { systemClock } from '../../../../pipelines/clock.ts'
import { openEmbeddedLog } from '../../../../pipelines/log/embedded/open.ts'

const [dir] = process.argv.slice(2)
const log = await openEmbeddedLog({ dir: dir!, writes: 'all', clock: systemClock, segment_bytes: 50_000 })
await log.ensureTopics([{ name: 't', partitions: 2, retention_ms: 1e12, retention_bytes: 1e12 }])

await Promise.all(
  (await log.bounds('t')).flatMap(({ end }, partition) =>
    [0, 1, 2].map(async (writer) => {
      for (let turn = 0; ; turn += 1) {
        const batch = Array.from({ length: 1 + ((turn * 7) % 30) }, (_, index) => ({
          key: null,
          value: Buffer.from(`${process.pid}-${writer}-${turn}-${index}`.padEnd(60 + ((turn * 31) % 90), '.')),
        }))
        const offset = await log.append('t', partition, batch)
        if (offset < end) throw new Error(`offset ${offset} was given again, the log already reached ${end}`)
        // Synchronous: what is said has left the process, whatever becomes of it.
        writeSync(1, `${partition} ${offset} ${batch.length} ${batch[0]!.value.toString()}\n`)
      }
    }),
  ),
)

/** A process that does nothing but wait for a record: it must live until the wait is over, then say so. */

import { systemClock } from '../../../../pipelines/clock.ts'
import { openEmbeddedLog } from '../../../../pipelines/log/embedded/open.ts'

const [dir] = process.argv.slice(2)
const log = await openEmbeddedLog({ dir: dir!, writes: 'all', clock: systemClock })
await log.ensureTopics([{ name: 't', partitions: 1, retention_ms: 1, retention_bytes: 1 }])
const records = await log.read('t', 0, 0, { records_max: 1, bytes_max: 1, wait_ms: 300 })
await log.close()
process.stdout.write(`${records.length} records, closed`)

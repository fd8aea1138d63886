import { logContract } from '../pipelines/log/contract.ts'
import { openMemoryLog } from './memory-log.ts'
import { newMemoryDisk } from './memory-log-disk.ts'

logContract('memory', async () => {
  const disk = newMemoryDisk()
  let log = openMemoryLog({ disk })
  return {
    log,
    reopen: async () => {
      await log.close()
      log = openMemoryLog({ disk })
      return log
    },
    close: () => log.close(),
    group_settle_ms: 60_000,
  }
})

import { rm } from 'node:fs/promises'
import { systemClock } from '../../../../pipelines/clock.ts'
import { openEmbeddedLog } from '../../../../pipelines/log/embedded/open.ts'
import { logContract } from '../contract.ts'
import { temporaryFolder } from './support.ts'

logContract('embedded', async () => {
  const dir = await temporaryFolder()
  const open = () => openEmbeddedLog({ dir, writes: 'all', clock: systemClock })
  let log = await open()
  return {
    log,
    reopen: async () => {
      await log.close()
      log = await open()
      return log
    },
    close: async () => {
      await log.close()
      await rm(dir, { recursive: true })
    },
    group_settle_ms: 60_000,
  }
})

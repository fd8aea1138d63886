import { comeAgain } from './problem.ts'

/** A log that fills its disk to the last byte can neither commit nor be cleaned. */
export async function checkDisk(diskFree: () => Promise<number>): Promise<void> {
  const share = await diskFree()
  if (share >= DISK_FREE_MIN) return
  const percent = (share * 100).toFixed(1)
  throw comeAgain('log_full', `${percent} % of the disk is free; below 5 % nothing is taken`, 30)
}

const DISK_FREE_MIN = 0.05

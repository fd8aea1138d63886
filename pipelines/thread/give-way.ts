import { constants, getPriority, setPriority } from 'node:os'

/**
 * Has the calling thread, and the threads that it starts, wait where others of this machine want the processor: what can
 * be done later must not make requests and batches wait now. On an idle machine nothing changes.
 *
 * On Linux a thread has a priority of its own (setpriority(2), "C library/kernel differences"). Elsewhere it is that of
 * the process, and left alone.
 */
export function giveWay(): void {
  if (process.platform !== 'linux') return
  setPriority(Math.min(constants.priority.PRIORITY_LOW, getPriority() + STEPS))
}

/** About a ninth of the weight of others (kernel/sched/core.c, `sched_prio_to_weight`). */
const STEPS = 10

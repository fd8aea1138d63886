import { setTimeout as sleep } from 'node:timers/promises'
import { isGone } from '../support/omnify-process.ts'
import type { FaultKind, Planned } from './plan.ts'
import type { KafkaStack } from './stack/kafka.ts'
import { SESSION_MS, type Stack } from './stack/stack.ts'
import type { Unit } from './stack/unit.ts'
import type { Cut } from './store-proxy.ts'

/** Does what was planned, until it is over: what was killed runs again, what was frozen is awake. */
export async function inject(stack: Stack, fault: Planned): Promise<void> {
  await sleep(fault.delay_ms)
  await FAULTS[fault.kind](stack, fault)
}

type Fault = (stack: Stack, planned: Planned) => Promise<void>

const FAULTS: Readonly<Record<FaultKind, Fault>> = {
  kill_engine: async ({ units }) => {
    await Promise.all(units.map((unit) => unit.kill()))
    const [store, ...others] = units
    await store!.start()
    await Promise.all(others.map((unit) => unit.start()))
  },
  stop_engine: async ({ ingest }) => {
    await ingest.stop()
    await ingest.start()
  },
  freeze_engine: ({ ingest }, planned) => ingest.freeze(lengthOf(planned, 1_000, 5_000)),
  kill_store: async ({ store }) => {
    const pid = await storePid(store)
    process.kill(pid, 'SIGKILL')
    await isGone(pid, 60_000)
  },
  freeze_store: async ({ store }, planned) => {
    const pid = await storePid(store)
    process.kill(pid, 'SIGSTOP')
    await sleep(lengthOf(planned, 500, 3_000))
    // It may have been found hanging and killed meanwhile.
    if (!(await isGone(pid, 1))) process.kill(pid, 'SIGCONT')
  },
  store_slow: async ({ home: { proxy } }, planned) => {
    proxy.delay_ms = lengthOf(planned, 100, 1_500)
    await sleep(2_000)
    proxy.delay_ms = 0
  },
  store_error: cut('error'),
  store_cut_before: cut('before'),
  store_cut_within: cut('within'),
  store_cut_after: cut('after'),
  store_half_answer: cut('half_answer'),
  clock_step: async ({ home }, { length }) => {
    const { clock_step_ms } = home.tell({})
    home.tell({ clock_step_ms: clock_step_ms !== 0 ? 0 : length < 0.5 ? -HOUR_MS : HOUR_MS })
  },
  disk_full: async ({ home }, planned) => {
    home.tell({ disk: 'full' })
    await sleep(lengthOf(planned, 300, 2_000))
    home.tell({ disk: 'good' })
  },
  disk_sync_fails: async ({ home, ingest }) => {
    home.tell({ disk: 'failing' })
    // What is on the disk is unknown now: the process must end, and not by trying again.
    await ingest.ends(60_000)
    home.tell({ disk: 'good' })
    await ingest.start()
  },

  kill_worker: async (stack, planned) => {
    const worker = chosen(stack, planned)
    await worker.kill()
    await sleep(lengthOf(planned, 0, SESSION_MS * 1.5))
    await worker.start()
  },
  stop_worker: async (stack, planned) => {
    const worker = chosen(stack, planned)
    await worker.stop()
    await worker.start()
  },
  freeze_worker: (stack, planned) => chosen(stack, planned).freeze(SESSION_MS + lengthOf(planned, 1_000, 3_000)),
  rebalance: async (stack) => {
    const { extra } = onKafka(stack)
    await extra.start()
    await extra.stop()
  },
  kill_ingest: async ({ ingest }) => {
    await ingest.kill()
    await ingest.start()
  },
  broker_stop: (stack) => onKafka(stack).broker.restart(),
  broker_kill: async (stack) => {
    const { broker } = onKafka(stack)
    await broker.kill()
    await broker.restart()
  },
  broker_cut: async (stack, planned) => {
    const { brokerProxy } = onKafka(stack)
    brokerProxy.down(true)
    await sleep(lengthOf(planned, 50, 1_500))
    brokerProxy.down(false)
  },
  broker_silent: async (stack, planned) => {
    const { brokerProxy } = onKafka(stack)
    brokerProxy.frozen = true
    await sleep(lengthOf(planned, 500, 2_500))
    // Bytes were swallowed: whoever waits for their answer must not wait for ever.
    brokerProxy.frozen = false
  },
  broker_answer_lost: async (stack, planned) => {
    const { brokerProxy } = onKafka(stack)
    for (let n = 0; n < planned.nth; n++) {
      brokerProxy.loseNext = true
      await sleep(50)
    }
    brokerProxy.loseNext = false
  },
}

const HOUR_MS = 3_600_000
/** Of waiting for the insert that is to be cut: behind the last events there is none. */
const CUT_WAIT_MS = 3_000

function cut(how: Cut): Fault {
  return async ({ home }, { nth }) => void (await home.proxy.cut(how, nth, CUT_WAIT_MS))
}

function lengthOf({ length }: Planned, min_ms: number, max_ms: number): number {
  return min_ms + length * (max_ms - min_ms)
}

function chosen({ workers }: Stack, { nth }: Planned): Unit {
  return workers[nth % workers.length]!
}

/** After the last fault its store may just be starting. */
async function storePid(unit: Unit): Promise<number> {
  for (const until = performance.now() + 60_000; ; await sleep(50)) {
    try {
      return await unit.storePid()
    } catch (error) {
      if (performance.now() > until) throw error
    }
  }
}

function onKafka(stack: Stack): KafkaStack {
  if (stack.log !== 'kafka') throw new Error('this fault needs Kafka')
  return stack as KafkaStack
}

import { Random } from '../../ingest/world/random.ts'

export type LogKind = 'embedded' | 'kafka'

/** What can be done to either form. */
const BOTH = [
  'kill_store',
  'freeze_store',
  'store_slow',
  'store_error',
  'store_cut_before',
  'store_cut_within',
  'store_cut_after',
  'store_half_answer',
  'kill_engine',
  'clock_step',
] as const
const EMBEDDED = ['stop_engine', 'freeze_engine', 'disk_full', 'disk_sync_fails'] as const
const KAFKA = [
  'kill_worker',
  'stop_worker',
  'freeze_worker',
  'rebalance',
  'kill_ingest',
  'broker_stop',
  'broker_kill',
  'broker_cut',
  'broker_silent',
  'broker_answer_lost',
] as const

export type FaultKind = (typeof BOTH)[number] | (typeof EMBEDDED)[number] | (typeof KAFKA)[number]

export const KINDS: Readonly<Record<LogKind, readonly FaultKind[]>> = {
  embedded: [...BOTH, ...EMBEDDED],
  kafka: [...BOTH, ...KAFKA],
}

/** One fault: when it begins, and what the seed chose for it. */
export type Planned = {
  readonly kind: FaultKind
  /** Events accepted by then. */
  readonly at: number
  /** From then until it begins: faults come at any step of a batch. */
  readonly delay_ms: number
  /** Which insert from then on, for faults of one request; which process, for faults of one of several. */
  readonly nth: number
  /** 0 to 1: how long, where a fault has a length. */
  readonly length: number
}

/** Events between two faults: enough for some batches. */
const GAP = { min: 150, more: 250 }

/**
 * The faults of a seed. Every kind comes before one comes twice, so that few faults are many kinds.
 */
export function planFaults(seed: number, log: LogKind, count: number): Planned[] {
  const random = new Random(`faults ${seed} ${log}`)
  const plan: Planned[] = []
  let deck: FaultKind[] = []
  let at = GAP.min
  for (let n = 0; n < count; n++) {
    if (deck.length === 0) deck = [...KINDS[log]]
    const [kind] = deck.splice(random.below(deck.length), 1)
    plan.push({ kind: kind!, at, delay_ms: random.below(400), nth: 1 + random.below(12), length: random.unit() })
    at += GAP.min + random.below(GAP.more)
  }
  return plan
}

/** Events of a run: those up to the last fault, and some behind it. */
export function eventsOf(plan: readonly Planned[]): number {
  return (plan.at(-1)?.at ?? 0) + GAP.min
}

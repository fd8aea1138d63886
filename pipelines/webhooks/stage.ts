import { alertPartition } from '../../schemas/alerts.ts'
import { TOPICS } from '../../schemas/topics.ts'
import type { Random, RandomBytes } from '../clock.ts'
import { openFeed } from '../feed/feed.ts'
import { holdPartitions } from '../stages/hold-partitions.ts'
import type { Stage, StageDeps } from '../stages/stage.ts'
import { type Directory, webhookDirectory } from './directory.ts'
import { runLane } from './lane.ts'
import { deliveryLedger } from './ledger.ts'
import { webhookRegistry } from './registry.ts'
import { type Resolve, systemResolve } from './resolve.ts'
import type { Webhook } from './webhook.ts'

export type WebhooksOptions = {
  readonly resolve?: Resolve
  readonly delays?: readonly number[]
}

/** Tells webhooks of alerts. What it knows is in the store: who they are, how far each is, what is to be tried again. */
export function webhooksStage(options: WebhooksOptions = {}): Stage {
  return {
    name: 'webhooks',
    run(deps, signal) {
      const { log, logger, steady, store, vault } = deps
      // One tenant's secret that is damaged keeps nobody else's from going out.
      const registry = webhookRegistry(store, vault, (id, error) =>
        logger.warn(`webhook ${id} is told nothing, its secret cannot be opened: ${error.message}`),
      )
      const directory = webhookDirectory(log, registry, steady)
      const work = (partition: number, held: AbortSignal) => serve(deps, directory, options, partition, held)
      return holdPartitions(log, GROUP, TOPICS.alerts.name, work, signal)
    },
  }
}

/** Keeps one lane for each webhook of the tenants in a partition, as the API changes them. */
async function serve(
  deps: StageDeps,
  directory: Directory,
  { delays, resolve = systemResolve() }: WebhooksOptions,
  partition: number,
  signal: AbortSignal,
): Promise<void> {
  const { clock, log, logger, randomBytes, steady, store } = deps
  const partitions = await log.partitions(TOPICS.alerts.name)
  const parts = {
    ...{ partition, log, logger, random: randomOf(randomBytes), ledger: deliveryLedger(store) },
    feed: openFeed(log, TOPICS.alerts.name, partition),
    sender: { clock, steady, resolve, allow: deps.webhook_allow },
    ...(delays === undefined ? {} : { delays }),
  }
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => undefined)
  const lanes = new Map<
    string,
    { readonly version: number; readonly stop: AbortController; readonly done: Promise<void> }
  >()

  function start(webhook: Webhook): void {
    const stop = new AbortController()
    const done = runLane({ ...parts, webhook }, AbortSignal.any([signal, stop.signal])).catch((error) => {
      if (!stop.signal.aborted) failed.reject(error)
    })
    lanes.set(webhook.id, { version: webhook.version, stop, done })
  }

  async function end(id: string): Promise<void> {
    const lane = lanes.get(id)
    lanes.delete(id)
    lane?.stop.abort()
    await lane?.done
  }

  async function reload(): Promise<void> {
    const mine = (await directory.list(place)).filter(
      ({ enabled, tenant }) => enabled && alertPartition(tenant, partitions) === partition,
    )
    const wanted = new Map(mine.map((webhook) => [webhook.id, webhook]))
    // Ended before another begins: two lanes of one webhook would send everything twice.
    for (const [id, { version }] of [...lanes]) if (wanted.get(id)?.version !== version) await end(id)
    for (const webhook of mine) if (!lanes.has(webhook.id)) start(webhook)
  }

  let place = await directory.place()
  try {
    while (!signal.aborted) {
      await reload()
      place = await Promise.race([directory.changed(place, signal), failed.promise])
    }
  } finally {
    await Promise.all([...lanes.keys()].map(end))
  }
}

function randomOf(randomBytes: RandomBytes): Random {
  return () => randomBytes(4).readUInt32BE() / 2 ** 32
}

const GROUP = 'omnify.webhooks'

import Fastify, { type FastifyInstance } from 'fastify'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect } from 'vitest'
import type { JsonEvents } from '../../../ingest/accept.ts'
import { makeAcceptor } from '../../../ingest/accepting.ts'
import { makeDuplicates } from '../../../ingest/duplicates.ts'
import { systemClock, systemRandomBytes } from '../../../pipelines/clock.ts'
import { Bloom } from '../../../pipelines/identities/bloom.ts'
import type { Log } from '../../../pipelines/log/port.ts'
import type { RunnerOptions } from '../../../pipelines/runner/options.ts'
import type { Runner } from '../../../pipelines/runner/runner.ts'
import type { Tenant } from '../../../pipelines/tenants/port.ts'
import { queryApi } from '../../../query-api/api.ts'
import { TOPICS } from '../../../schemas/topics.ts'
import { useEngine } from '../../support/engine.ts'

export type WorldTenant = Tenant & { readonly key: string }
/** Whether the door looks for duplicates, or leaves all of them to the pipeline. */
export type Door = 'looks' | 'open'

/**
 * An engine in this process, from the door of ingestion to the answers of the query API, over any log.
 *
 * @param options  how the pipeline cuts its batches; small when absent
 */
export function useWorldRig(open?: () => Promise<Log>, options?: RunnerOptions) {
  const engine = useEngine(open, options)
  const state: { app?: FastifyInstance; runner?: Runner } = {}
  const bloom = new Bloom(1 << 22)
  beforeAll(async () => {
    state.runner = await engine.start()
    state.app = Fastify()
    await state.app.register(queryApi, {
      store: engine.store,
      connect: () => engine.store,
      log: engine.log,
      tenants: engine.tenants,
      clock: systemClock,
      randomBytes: systemRandomBytes,
      registry: new Registry(),
      groups: [{ pipeline: 'facts', group: 'omnify.facts', topic: TOPICS.events.name }],
      ready: async () => [],
    })
  }, 60_000)
  afterAll(async () => {
    await state.runner?.stop()
    await state.app?.close()
  })

  return {
    engine,
    async tenant(name: string): Promise<WorldTenant> {
      const tenant = { name, currency: 'USD', zone: 'UTC' }
      return { ...tenant, ...(await engine.tenants.add(tenant)) }
    },
    /**
     * Delivers events as ingestion does, in batches of this size; every one of them must be taken.
     *
     * @param form  objects, or text in one memory that is written again and again, as the feed of `omnify up` has it.
     *   Here the n-th event of every batch begins at the same byte, so that whoever keeps a view of it reads another event
     *   that has the same fields at the same places.
     */
    async deliver(
      tenant: Tenant,
      events: Iterable<object>,
      door: Door,
      { batch_size = 500, form = 'objects' }: { batch_size?: number; form?: 'objects' | 'text' } = {},
    ): Promise<void> {
      const partitions = await engine.log.partitions(TOPICS.events.name)
      const duplicates = makeDuplicates({
        store: engine.store,
        bloom,
        topic: TOPICS.events.name,
        partitions,
        clock: systemClock,
        // A store that is slow is not asked for a while; the pipeline drops the duplicates all the same.
        onStoreError() {},
      })
      const acceptor = makeAcceptor({
        log: engine.log,
        vault: engine.vault,
        clock: systemClock,
        duplicates: door === 'looks' ? duplicates : { ...duplicates, find: async (_, e) => new Uint8Array(e.length) },
        topic: TOPICS.events.name,
        partitions,
      })
      const memory = Buffer.alloc(form === 'text' ? batch_size * EVENT_BYTES_MAX : 0)
      const send = async (batch: readonly object[]) => {
        const verdicts = await acceptor.accept(tenant, form === 'text' ? textOf(batch, memory) : batch)
        const refused = verdicts.findIndex((verdict) => typeof verdict !== 'string')
        if (refused >= 0) throw new Error(`${JSON.stringify(verdicts[refused])} for ${JSON.stringify(batch[refused])}`)
      }
      let batch: object[] = []
      for (const event of events) {
        if (batch.push(event) < batch_size) continue
        await send(batch)
        batch = []
      }
      await send(batch)
      duplicates.close()
    },
    caughtUp: engine.caughtUp,
    /** Rows of `POST /v1/metrics`. */
    async metrics(tenant: WorldTenant, body: object): Promise<Record<string, string | number | null>[]> {
      const answer = await state.app!.inject({
        method: 'POST',
        url: '/v1/metrics',
        headers: { authorization: `Bearer ${tenant.key}` },
        payload: body,
      })
      expect(answer.statusCode, answer.body).toBe(200)
      return answer.json().rows
    },
  }
}

export type WorldRig = ReturnType<typeof useWorldRig>

function textOf(events: readonly object[], memory: Buffer): JsonEvents {
  const starts = events.map((_, index) => index * EVENT_BYTES_MAX)
  const ends = events.map(
    (event, index) => starts[index]! + memory.write(JSON.stringify(event), starts[index]!, 'utf8'),
  )
  return { bytes: memory, starts, ends, parse: (index) => ({ event: events[index] }) }
}

/** A longer one would be cut off, and refused. */
const EVENT_BYTES_MAX = 4_096

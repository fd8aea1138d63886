import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { steadyClock } from '../../pipelines/clock.ts'
import { type Feed, heldOffset, offsetSince, openFeed } from '../../pipelines/feed/feed.ts'
import type { Tenant } from '../../pipelines/tenants/port.ts'
import { alertPartition } from '../../schemas/alerts.ts'
import { TOPICS } from '../../schemas/topics.ts'
import { instantOf } from '../alerts/instant.ts'
import { offsetBehind } from '../alerts/place.ts'
import { streamAlerts } from '../alerts/stream.ts'
import { makeTickets } from '../alerts/tickets.ts'
import type { QueryDeps } from '../deps.ts'
import { ApiError } from '../problem.ts'
import { authenticate } from './authenticate.ts'

/** Who listens: its tenant, and whether it still may. */
type Bearer = { readonly tenant: Tenant; readonly recheck: () => Promise<unknown> }

/** `GET /v1/alerts/stream` and `POST /v1/alerts/tickets`. */
export function alertStreamRoutes(app: FastifyInstance, deps: QueryDeps): void {
  const { log } = deps
  const topic = TOPICS.alerts.name
  const feeds = new Map<number, Feed>()
  const tickets = makeTickets(deps.clock, deps.randomBytes, deps.cursor_key ?? deps.randomBytes(32))
  const open = new Map<string, number>()
  const stopping = new AbortController()
  const running = new Set<Promise<void>>()

  async function bearerOf(request: FastifyRequest): Promise<Bearer> {
    const recheck = () => authenticate(deps.tenants, request, 'alerts:read')
    return { tenant: await recheck(), recheck }
  }

  async function begin(request: FastifyRequest, partition: number): Promise<{ offset: number; lost: number }> {
    const { since } = request.query as { since?: string }
    const last = request.headers['last-event-id']
    // A browser that comes back says what it has; the address that it was opened with has not changed meanwhile.
    if (typeof last === 'string' && last !== '') {
      const wanted = offsetBehind(last, partition)
      const offset = await heldOffset(log, topic, partition, wanted)
      return { offset, lost: Math.max(0, offset - wanted) }
    }
    if (since === undefined)
      return { offset: await heldOffset(log, topic, partition, Number.POSITIVE_INFINITY), lost: 0 }
    return { offset: await offsetSince(log, topic, partition, instantOf(since, 'since')), lost: 0 }
  }

  async function stream(request: FastifyRequest, reply: FastifyReply, { recheck, tenant }: Bearer): Promise<void> {
    const partition = alertPartition(tenant.name, await log.partitions(topic))
    const place = await begin(request, partition)
    const feed = feeds.get(partition) ?? openFeed(log, topic, partition)
    feeds.set(partition, feed)
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort())
    // It may have gone while its place was looked up, and says so only once.
    if (reply.raw.closed) gone.abort()
    reply.hijack()
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // A proxy that collects an answer before it passes it on would hold alerts back.
      'x-accel-buffering': 'no',
    })
    const parts = { feed, partition, tenant: tenant.name, ...place, steady: steadyClock, recheck }
    await streamAlerts(parts, reply.raw, AbortSignal.any([gone.signal, stopping.signal]))
  }

  app.post('/v1/alerts/tickets', async (request, reply) => {
    await bearerOf(request)
    const issued = tickets.issue(request.headers.authorization!)
    return reply
      .code(201)
      .header('cache-control', 'no-store')
      .send({ ticket: issued.ticket, expires_at: new Date(issued.expires_ms).toISOString() })
  })

  app.get('/v1/alerts/stream', async (request, reply) => {
    const { ticket } = request.query as { ticket?: string }
    if (ticket !== undefined) {
      const authorization = tickets.redeem(ticket)
      if (authorization === undefined)
        throw new ApiError('unauthorized', 'this ticket is unknown, was used or is over: ask for another')
      request.headers.authorization = authorization
    }
    const bearer = await bearerOf(request)
    const { name } = bearer.tenant
    const count = open.get(name) ?? 0
    if (count >= STREAMS_MAX) throw new ApiError('rate_limited', `a tenant has at most ${STREAMS_MAX} streams at once`)
    open.set(name, count + 1)
    const one = stream(request, reply, bearer).finally(() => {
      const left = open.get(name)! - 1
      if (left === 0) open.delete(name)
      else open.set(name, left)
      running.delete(one)
    })
    running.add(one)
    await one
  })

  // Before the sockets are closed, so that everybody is told.
  app.addHook('preClose', async () => {
    stopping.abort()
    await Promise.allSettled(running)
  })
}

/** Of one tenant in one process. */
const STREAMS_MAX = 20

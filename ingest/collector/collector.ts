import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { steadyClock } from '../../pipelines/clock.ts'
import type { Budgets, Stay } from '../../pipelines/limits/budgets.ts'
import { leaveAtEnd } from '../../pipelines/limits/leave-at-end.ts'
import type { Tenant, Tenants } from '../../pipelines/tenants/port.ts'
import { ERRORS } from '../../schemas/errors.ts'
import type { Rejection } from '../../schemas/parse.ts'
import type { Acceptor, Verdict } from '../accept.ts'
import { BODY_BYTES_MAX, leaveBodies, readBody } from '../http/body.ts'
import { checkDisk } from '../http/disk.ts'
import { answerFailures } from '../http/failures.ts'
import { type InFlight, makeInFlight } from '../http/in-flight.ts'
import { RequestProblem } from '../http/problem.ts'
import { SEND_LIMITS, type SendLimits, sendBudgets } from '../http/send-limits.ts'
import { formatOf, type RawEvents, readEvents } from './read-events.ts'

export type CollectorDeps = {
  readonly acceptor: Acceptor
  readonly tenants: Tenants
  /** Share of the log's disk that is free, 0 to 1; asked once a request. */
  readonly diskFree: () => Promise<number>
  /** What one tenant may send; `SEND_LIMITS` when absent. */
  readonly limits?: SendLimits
  /** Bytes of bodies in work, over all requests; 64 MB when absent. */
  readonly in_flight_bytes_max?: number
  /** Told after each request, for the counters. */
  readonly onCounted?: (counts: Counts) => void
}

export type Counts = { readonly accepted: number; readonly duplicate: number; readonly rejected: number }

/** The answer of `POST /v1/events`. */
export type CollectorAnswer = {
  readonly accepted: number
  readonly duplicate: number
  readonly rejected: readonly (Rejection & { readonly index: number })[]
}

/**
 * `POST /v1/events`: a JSON array, a single event, or NDJSON; gzip, deflate, br or zstd. 202 after all that was
 * accepted is durable on the log, with a reason for each event that was not; 422 when that is all of them.
 */
export async function collector(app: FastifyInstance, deps: CollectorDeps): Promise<void> {
  leaveBodies(app)
  answerFailures(app)
  const inFlight = makeInFlight(deps.in_flight_bytes_max ?? 64_000_000)
  const budgets = sendBudgets(deps.limits ?? SEND_LIMITS, steadyClock)

  app.post('/v1/events', async (request, reply) => {
    const tenant = await authenticate(request, deps.tenants)
    const stay = enter(budgets, tenant, reply)
    await checkDisk(deps.diskFree)
    const format = formatOf(request.headers['content-type'])
    if (format === undefined) {
      throw new RequestProblem(
        'unsupported_media_type',
        'send application/json (an array of events) or application/x-ndjson (one a line)',
        { headers: { accept: 'application/json, application/x-ndjson' } },
      )
    }
    const release = reserve(request, inFlight)
    try {
      const raw = readEvents(await readBody(request, BODY_BYTES_MAX), format)
      const answer = summarise(await accept(deps.acceptor, tenant, raw))
      deps.onCounted?.({ ...answer, rejected: answer.rejected.length })
      stay.charge({ events: answer.accepted + answer.duplicate + answer.rejected.length })
      return await reply.headers(stay.headers()).code(statusOf(answer)).send(answer)
    } finally {
      release()
    }
  })
}

/** @throws RequestProblem `unauthorized`, `forbidden` */
async function authenticate(request: FastifyRequest, tenants: Tenants): Promise<Tenant> {
  const key = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
  const caller = key === undefined ? undefined : await tenants.authenticate(key)
  if (caller?.scopes.includes('events:write')) return caller.tenant
  if (caller !== undefined) throw new RequestProblem('forbidden', 'this API key has not the scope events:write')
  const detail = key === undefined ? 'no API key: send Authorization: Bearer KEY' : 'unknown API key'
  throw new RequestProblem('unauthorized', detail, { headers: { 'www-authenticate': 'Bearer' } })
}

/** @throws RequestProblem `rate_limited`, with what is left and when to come again */
function enter(budgets: Budgets, { name }: Tenant, reply: FastifyReply): Stay {
  const stay = budgets.enter(name)
  if ('detail' in stay) {
    const headers = { ...stay.headers, 'retry-after': String(stay.after_s) }
    throw new RequestProblem('rate_limited', stay.detail, { headers })
  }
  leaveAtEnd(stay, reply.raw)
  return stay
}

/** Room for the whole body, before any of it is read: as large as it says, or as it may become. */
function reserve(request: FastifyRequest, inFlight: InFlight): () => void {
  const length = Number(request.headers['content-length'])
  const isPlain = request.headers['content-encoding'] === undefined
  return inFlight.take(isPlain && length >= 0 && length <= BODY_BYTES_MAX ? length : BODY_BYTES_MAX)
}

/** Verdicts by index; what could not be read never reaches the acceptor. */
async function accept(
  acceptor: Acceptor,
  tenant: Tenant,
  { events, unreadable }: RawEvents,
): Promise<readonly Verdict[]> {
  if (unreadable.size === 0 || 'bytes' in events) return acceptor.accept(tenant, events)
  const readable = events.filter((_, index) => !unreadable.has(index))
  const verdicts = (await acceptor.accept(tenant, readable)).values()
  return events.map((_, index) => unreadable.get(index) ?? verdicts.next().value!)
}

function summarise(verdicts: readonly Verdict[]): CollectorAnswer {
  let accepted = 0
  let duplicate = 0
  const rejected: (Rejection & { index: number })[] = []
  for (const [index, verdict] of verdicts.entries()) {
    if (verdict === 'accepted') accepted += 1
    else if (verdict === 'duplicate') duplicate += 1
    else rejected.push({ index, ...verdict })
  }
  return { accepted, duplicate, rejected }
}

function statusOf({ accepted, duplicate, rejected }: CollectorAnswer): number {
  return rejected.length > 0 && accepted + duplicate === 0 ? ERRORS.invalid_event.status : 202
}

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Tenant, Tenants } from '../../pipelines/tenants/port.ts'
import type { Rejection } from '../../schemas/parse.ts'
import type { Acceptor } from '../accept.ts'
import { BODY_BYTES_MAX, leaveBodies, readRaw } from '../http/body.ts'
import { checkDisk } from '../http/disk.ts'
import { answerFailures } from '../http/failures.ts'
import { RequestProblem } from '../http/problem.ts'
import type { Rejecter } from '../rejecting.ts'
import { mapOrder } from './map-order.ts'
import { mapRefund } from './map-refund.ts'
import { orderPayload, refundPayload } from './payload.ts'
import { parseExactly } from './values.ts'

export type ShopifyDeps = {
  readonly acceptor: Acceptor
  readonly rejecter: Rejecter
  readonly tenants: Tenants
  /** OMNIFY_SHOPIFY_WEBHOOK_SECRET. Without it every delivery is refused; Shopify sends again for four hours. */
  readonly secret: string | undefined
  readonly diskFree: () => Promise<number>
}

/**
 * `POST /v1/webhooks/shopify/{tenant}`. Deliveries may come twice, late and in any order: the newest `updated_at` wins
 * in the pipeline, and equal content is a duplicate. 200 after it is durable on the log.
 *
 * A signed body that cannot be read is kept among the dead letters and answered with 422. Shopify sends it again a few
 * times; it is kept once.
 */
export async function shopifyWebhooks(app: FastifyInstance, deps: ShopifyDeps): Promise<void> {
  leaveBodies(app)
  answerFailures(app)

  app.post<{ Params: { tenant: string } }>('/v1/webhooks/shopify/:tenant', async (request, reply) => {
    const { secret } = deps
    if (secret === undefined) {
      throw new RequestProblem(
        'not_ready',
        'Shopify webhooks are not set up here: OMNIFY_SHOPIFY_WEBHOOK_SECRET is not set',
      )
    }
    await checkDisk(deps.diskFree)
    // The signature is over the bytes as they came, so it is checked before anything is read out of them.
    const body = await readRaw(request, BODY_BYTES_MAX)
    checkHmac(request, body, secret)
    const tenant = await deps.tenants.get(request.params.tenant)
    if (tenant === undefined) throw new RequestProblem('not_found', 'no tenant of this name')
    const topic = String(request.headers['x-shopify-topic'] ?? '')
    const kind = KINDS.find(({ topics }) => topics.test(topic))
    // A topic that nobody asked for must not make Shopify drop the subscription.
    if (kind === undefined) return reply.send({ accepted: 0, duplicate: 0, ignored: topic })
    return reply.send(await take(deps, tenant, body.toString('utf8'), kind))
  })
}

/** @throws RequestProblem `bad_hmac` */
function checkHmac(request: FastifyRequest, body: Buffer, secret: string): void {
  const given = Buffer.from(String(request.headers['x-shopify-hmac-sha256'] ?? ''), 'base64')
  const right = createHmac('sha256', secret).update(body).digest()
  if (given.length === right.length && timingSafeEqual(given, right)) return
  throw new RequestProblem('bad_hmac', 'X-Shopify-Hmac-Sha256 does not match the body and the secret')
}

type Kind = {
  readonly topics: RegExp
  /** The events in a payload, or why there are none to be had. */
  readonly read: (json: unknown) => { readonly events: unknown[] } | { readonly rejection: Rejection }
}

const KINDS: readonly Kind[] = [
  { topics: /^orders\/(create|updated|edited|cancelled|paid)$/, read: (json) => read(orderPayload, json, mapOrder) },
  {
    topics: /^refunds\/create$/,
    read: (json) => read(refundPayload, json, mapRefund),
  },
]

function read<S extends z.ZodType>(
  schema: S,
  json: unknown,
  map: (payload: z.output<S>) => unknown[],
): ReturnType<Kind['read']> {
  const parsed = schema.safeParse(json)
  if (parsed.success) return { events: map(parsed.data) }
  const [issue] = parsed.error.issues
  return { rejection: { code: 'malformed_line', path: issue!.path.join('/'), reason: issue!.message } }
}

/** What cannot be mapped is kept as it came; an event that is refused, as an event, so that it can be mended. */
async function take({ acceptor, rejecter }: ShopifyDeps, tenant: Tenant, text: string, kind: Kind) {
  const result = readJson(text, kind)
  if ('rejection' in result) throw await refuse(rejecter, tenant, text, result.rejection)
  const verdicts = await acceptor.accept(tenant, result.events)
  let problem: RequestProblem | undefined
  for (const [at, verdict] of verdicts.entries()) {
    if (typeof verdict === 'object')
      problem = await refuse(rejecter, tenant, JSON.stringify(result.events[at]), verdict)
  }
  if (problem !== undefined) throw problem
  const accepted = verdicts.filter((verdict) => verdict === 'accepted').length
  return { accepted, duplicate: verdicts.length - accepted }
}

function readJson(text: string, kind: Kind): ReturnType<Kind['read']> {
  try {
    return kind.read(parseExactly(text))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { rejection: { code: 'invalid_json', path: '', reason: 'the body is not JSON' } }
  }
}

async function refuse(rejecter: Rejecter, tenant: Tenant, text: string, rejection: Rejection): Promise<RequestProblem> {
  await rejecter.reject(tenant.name, 'shopify', text, rejection)
  const where = rejection.path === '' ? '' : ` at ${rejection.path}`
  return new RequestProblem('invalid_event', `${rejection.code}${where}: ${rejection.reason}; kept as a dead letter`)
}

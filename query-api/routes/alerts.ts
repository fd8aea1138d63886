import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type AlertRecord, alertId, FEEDBACK_VERDICTS, parseAlert } from '../../schemas/alerts.ts'
import { checked, makeCommands, newId, type Wish } from '../alerts/commands.ts'
import { listAlerts, parseAlertQuestion, readRevisions } from '../alerts/list.ts'
import type { QueryDeps } from '../deps.ts'
import { ApiError } from '../problem.ts'
import { authenticate } from './authenticate.ts'

/** `GET /v1/alerts`, `GET /v1/alerts/{id}`, and what a person says about one. */
export function alertRoutes(app: FastifyInstance, deps: QueryDeps): void {
  const commands = makeCommands(deps.log, deps.clock)

  /** @throws ApiError `not_found`, in the same words for what is another tenant's */
  async function revisionsOf(tenant: string, request: FastifyRequest): Promise<readonly string[]> {
    const { id } = request.params as { id: string }
    // What cannot be an id is the id of none, as on every other route.
    const revisions = alertId.safeParse(id).success ? await readRevisions(deps.store, tenant, id, request.signal) : []
    if (revisions.length === 0) throw new ApiError('not_found', `there is no alert ${id.slice(0, ID_SHOWN_MAX)}`)
    return revisions
  }

  app.get('/v1/alerts', async (request, reply) => {
    const tenant = await authenticate(deps.tenants, request, 'alerts:read')
    const question = parseAlertQuestion(request.query)
    const { next, records } = await listAlerts(deps.store, tenant.name, question, request.signal)
    // The records are JSON already, in the one spelling that they have everywhere.
    return sendJson(reply, `{"alerts":[${records.join(',')}],"next":${JSON.stringify(next)}}`)
  })

  app.get('/v1/alerts/:id', async (request, reply) => {
    const tenant = await authenticate(deps.tenants, request, 'alerts:read')
    const revisions = await revisionsOf(tenant.name, request)
    return sendJson(reply, `{"alert":${revisions.at(-1)},"revisions":[${revisions.join(',')}]}`)
  })

  /** A word on an alert: checked against the alert as it is, then put onto the log. */
  function wishRoute<T extends z.ZodObject>(
    action: string,
    body: T,
    wishOf: (alert: AlertRecord, body: z.output<T>, command: string) => Wish,
  ): void {
    app.post(`/v1/alerts/:id/${action}`, { bodyLimit: BODY_BYTES_MAX }, async (request, reply) => {
      const tenant = await authenticate(deps.tenants, request, 'alerts:write')
      const { by, ...said } = checked(sender.loose(), request.body ?? {})
      const alert = parseAlert((await revisionsOf(tenant.name, request)).at(-1)!)
      const command = idOf(request, tenant.name) ?? newId('cmd', deps.randomBytes)
      const wish = wishOf(alert, checked(body, said), command)
      await commands.give(tenant.name, by, wish, command)
      return reply.code(202).send({ command, ...wish })
    })
  }

  wishRoute('acknowledge', z.strictObject({}), ({ id }) => ({ kind: 'acknowledge', alert: id }))
  wishRoute('snooze', z.strictObject({ until: time.nullable() }), ({ id }, { until }) => ({
    kind: 'snooze',
    alert: id,
    until,
  }))
  wishRoute('mute', z.strictObject({ until: time.nullable().default(null) }), ({ metric, scope }, { until }, mute) => ({
    kind: 'mute',
    mute,
    metric,
    scope,
    until,
  }))
  wishRoute(
    'feedback',
    z.strictObject({ verdict: z.enum(FEEDBACK_VERDICTS), note: z.string().max(2000).default('') }),
    ({ id }, { note, verdict }) => ({ kind: 'feedback', alert: id, verdict, note }),
  )
}

/** Sent again with the same key, a wish is the same wish. */
export function idOf(request: FastifyRequest, tenant: string): string | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key === 'string' && /^[\w:.-]{1,64}$/.test(key)) return `${tenant}:${key}`
  throw new ApiError('bad_request', 'Idempotency-Key has 1 to 64 letters, digits and _ : . -', {
    path: 'Idempotency-Key',
  })
}

function sendJson(reply: FastifyReply, body: string): FastifyReply {
  return reply.header('cache-control', 'no-store').type('application/json; charset=utf-8').send(body)
}

const time = z.iso.datetime({ offset: true })
/** Who says so, for those who read it later; the key alone is nobody's name. */
export const sender = z.object({ by: z.string().min(1).max(256).default('api') })
const BODY_BYTES_MAX = 16 * 1024
const ID_SHOWN_MAX = 64

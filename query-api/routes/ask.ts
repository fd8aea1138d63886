import type { FastifyReply, FastifyRequest } from 'fastify'
import type { RandomBytes } from '../../pipelines/clock.ts'
import type { Tenant } from '../../pipelines/tenants/port.ts'
import type { Answers } from '../cache/answers.ts'
import { chooseFormat, formatOf } from '../formats/format.ts'
import { describeJob, type Job } from '../jobs/job.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { JOB_ROWS_MAX } from '../metrics/cost.ts'
import { planOf } from '../metrics/plan.ts'
import { parseRequest } from '../metrics/request.ts'
import { SQL_FORMATS } from '../sql/formats.ts'
import { produceSql } from '../sql/produce.ts'
import type { SqlBody } from '../sql/question.ts'
import type { Sql } from '../sql/sql.ts'
import { send } from './send.ts'

export type AskParts = {
  readonly answers: Answers
  readonly sql: Sql
  readonly jobs: Jobs
  readonly randomBytes: RandomBytes
}

/** How a question is answered, whichever route it came by: at once, or as a job for who prefers that. */
export type Ask = {
  /** @param body as of `POST /v1/metrics` @throws ApiError, StoreError */
  metrics(request: FastifyRequest, reply: FastifyReply, tenant: Tenant, body: unknown): Promise<FastifyReply>
  /** @throws ApiError, StoreError */
  sql(request: FastifyRequest, reply: FastifyReply, tenant: Tenant, body: SqlBody): Promise<FastifyReply>
}

export function makeAsk({ answers, jobs, randomBytes, sql }: AskParts): Ask {
  return {
    async metrics(request, reply, tenant, body) {
      const format = formatOf(formatNameOf(request), request.headers.accept)
      const question = { tenant, request: parseRequest(body), format, fresh: asksForFresh(request) }
      if (!prefersAsync(request)) {
        // The signal fires when the asker goes away: the store then stops working for nobody.
        return send(reply, await answers.answer({ ...question, signal: request.signal }), request)
      }
      // What cannot be asked is refused now and not by a job.
      planOf(question.request)
      const asked = { kind: 'metrics', question: JSON.stringify(body), format: format.name } as const
      const work = (signal: AbortSignal) => answers.answer({ ...question, signal, rows_max: JOB_ROWS_MAX })
      return sendAccepted(reply, await jobs.submit(tenant.name, asked, work))
    },

    async sql(request, reply, tenant, body) {
      const format = chooseFormat(SQL_FORMATS, formatNameOf(request), request.headers.accept)
      const query_id = randomBytes(12).toString('hex')
      const produce = (signal: AbortSignal) =>
        produceSql(sql, { tenant: tenant.name, ...body, format, query_id, signal })
      if (prefersAsync(request)) {
        const asked = { kind: 'sql', question: JSON.stringify(body), format: format.name } as const
        return sendAccepted(reply, await jobs.submit(tenant.name, asked, produce))
      }
      reply.header('x-omnify-query-id', query_id)
      return send(reply, await produce(request.signal))
    },
  }
}

function formatNameOf(request: FastifyRequest): string | undefined {
  return (request.query as { format?: string }).format
}

/** RFC 9111, section 5.2.1.4: nothing that was held. */
function asksForFresh(request: FastifyRequest): boolean {
  return /\bno-cache\b|\bno-store\b/i.test(request.headers['cache-control'] ?? '')
}

/** RFC 7240, section 4.1. */
function prefersAsync(request: FastifyRequest): boolean {
  return [request.headers.prefer ?? []].flat().some((text) => /(?:^|[,\s])respond-async(?:$|[,;\s])/i.test(text))
}

function sendAccepted(reply: FastifyReply, job: Job): FastifyReply {
  return reply
    .code(202)
    .header('location', `/v1/jobs/${job.id}`)
    .header('preference-applied', 'respond-async')
    .header('retry-after', '1')
    .header('cache-control', 'no-store')
    .send(describeJob(job))
}

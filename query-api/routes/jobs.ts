import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ERRORS, PROBLEM_TYPE } from '../../schemas/errors.ts'
import type { QueryDeps } from '../deps.ts'
import { describeJob, type Job } from '../jobs/job.ts'
import type { JobStore } from '../jobs/job-store.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { ApiError } from '../problem.ts'
import { authenticate } from './authenticate.ts'
import { send } from './send.ts'

/**
 * Questions that were asked with `Prefer: respond-async`: `GET /v1/jobs`, `GET` and `DELETE /v1/jobs/{id}`,
 * `GET /v1/jobs/{id}/result`. Of a question in SQL the scope of SQL is needed besides.
 */
export function jobRoutes(
  app: FastifyInstance,
  { tenants }: Pick<QueryDeps, 'tenants'>,
  jobs: Jobs,
  kept: JobStore,
): void {
  async function found(request: FastifyRequest): Promise<Job> {
    const { name } = await authenticate(tenants, request, 'metrics:read')
    const { id } = request.params as { id: string }
    const job = await jobs.get(name, id)
    if (job === undefined) throw new ApiError('not_found', 'there is no such job, or it has expired')
    if (job.kind === 'sql') await authenticate(tenants, request, 'sql:read')
    return job
  }

  app.get('/v1/jobs', async (request, reply) => {
    const { name } = await authenticate(tenants, request, 'metrics:read')
    return reply.header('cache-control', 'no-store').send({ jobs: (await jobs.list(name)).map(summary) })
  })

  app.get('/v1/jobs/:id', async (request, reply) =>
    reply.header('cache-control', 'no-store').send(describeJob(await found(request))),
  )

  app.get('/v1/jobs/:id/result', async (request, reply) => {
    const job = await found(request)
    const { headers, problem, state, type } = job
    if (state === 'done') return send(reply, { type, headers, body: await kept.result(job, request.signal) })
    if (problem === null) throw new ApiError('job_not_done', `the job is ${state}: ask again when it is done`)
    return reply.code(ERRORS[problem.code].status).type(PROBLEM_TYPE).send(problem)
  })

  app.delete('/v1/jobs/:id', async (request, reply) => {
    const { id, tenant } = await found(request)
    if (!(await jobs.cancel(tenant, id))) throw new ApiError('not_found', 'there is no such job, or it has expired')
    return reply.code(204).send()
  })
}

/** Without the question: who may not ask in SQL sees no SQL. */
function summary(job: Job): Readonly<Record<string, unknown>> {
  const { question: _, ...rest } = describeJob(job)
  return rest
}

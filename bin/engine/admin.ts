import { randomBytes, timingSafeEqual } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ImportProgress } from '../../ingest/importer/job.ts'
import { replayFailed } from '../../ingest/replay/replay.ts'
import type { RebuildRequest, RebuildStep } from '../../pipelines/rebuild/rebuild.ts'
import type { Logger } from '../../pipelines/runner/options.ts'
import { DEMO } from '../../pipelines/tenants/open.ts'
import type { TraceRequest } from '../../pipelines/trace/request.ts'
import { PROBLEM_TYPE, problem } from '../../schemas/errors.ts'
import type { Engine } from './engine.ts'
import { type ImportRequest, importInto } from './import.ts'
import { traceIn } from './trace.ts'
import type { WorldFeed } from './world.ts'

export type AdminDeps = {
  readonly engine: Engine
  readonly feed: WorldFeed | undefined
  readonly logger: Logger
  readonly secret: string
}

/**
 * What the commands of this machine ask of a running engine: imports (which name files of this machine), replays,
 * traces, rebuilds, and faults for the world. All but the last open with a secret that only the owner of OMNIFY_HOME can read.
 */
export async function adminRoutes(app: FastifyInstance, deps: AdminDeps): Promise<void> {
  const { engine, feed, secret } = deps

  app.post('/v1/imports', async (request, reply) => {
    if (!holdsSecret(request, secret)) return refuse(reply, 'unauthorized', 'the admin secret of OMNIFY_HOME is needed')
    return streamed(reply, (onProgress, signal) =>
      importInto(engine, request.body as ImportRequest, onProgress, signal),
    )
  })

  app.post('/v1/replays', async (request, reply) => {
    if (!holdsSecret(request, secret)) return refuse(reply, 'unauthorized', 'the admin secret of OMNIFY_HOME is needed')
    return streamed(reply, () => replayFailed(engine, request.body as Parameters<typeof replayFailed>[1]))
  })

  app.post('/v1/traces', async (request, reply) => {
    if (!holdsSecret(request, secret)) return refuse(reply, 'unauthorized', 'the admin secret of OMNIFY_HOME is needed')
    return streamed(reply, () => traceIn(engine, request.body as TraceRequest))
  })

  app.post('/v1/rebuilds', async (request, reply) => {
    if (!holdsSecret(request, secret)) return refuse(reply, 'unauthorized', 'the admin secret of OMNIFY_HOME is needed')
    return streamed(reply, (onStep: (step: RebuildStep) => void, signal) =>
      engine.rebuild(request.body as RebuildRequest, onStep, signal),
    )
  })

  app.post('/v1/world/inject', async (request, reply) => {
    const caller = await engine.tenants.authenticate(bearer(request))
    if (caller?.tenant.name !== DEMO.name || !caller.scopes.includes('world:write'))
      return refuse(reply, 'unauthorized', 'the world belongs to tenant demo: its key is needed')
    const result = await feed?.inject(request.body)
    if (result === undefined) return refuse(reply, 'not_found', 'no world is running here: start with OMNIFY_WORLD')
    if (!result.ok) return refuse(reply, 'bad_request', JSON.stringify(result))
    return reply.send(result)
  })
}

/** The secret of this home, made at the first start. */
export async function adminSecret(home: string): Promise<string> {
  const file = join(home, 'admin.key')
  try {
    await writeFile(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return (await readFile(file, 'utf8')).trim()
}

/** Progress as NDJSON lines while the work goes on; the last line is `{"result"}` or `{"error"}`. */
async function streamed<P = ImportProgress>(
  reply: FastifyReply,
  work: (onProgress: (progress: P) => void, signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const gone = new AbortController()
  reply.hijack()
  reply.raw.writeHead(200, { 'content-type': 'application/x-ndjson' })
  reply.raw.on('close', () => gone.abort())
  const line = (value: unknown) => reply.raw.write(`${JSON.stringify(value)}\n`)
  try {
    line({ result: await work((progress) => line({ progress }), gone.signal) })
  } catch (error) {
    line({ error: error instanceof Error ? error.message : String(error) })
  }
  reply.raw.end()
}

function holdsSecret(request: FastifyRequest, secret: string): boolean {
  const given = Buffer.from(bearer(request))
  const wanted = Buffer.from(secret)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

function bearer(request: FastifyRequest): string {
  return /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
}

function refuse(reply: FastifyReply, code: 'unauthorized' | 'not_found' | 'bad_request', detail: string): FastifyReply {
  const body = problem(code, detail)
  return reply.code(body.status).type(PROBLEM_TYPE).send(body)
}

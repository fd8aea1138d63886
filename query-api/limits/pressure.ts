import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { FastifyInstance } from 'fastify'
import { ApiError } from '../problem.ts'

export type Pressure = {
  /** How late the thread comes to its work, in ms on average, above which questions are turned away. */
  readonly delay_ms_max: number
  /** Requests in work, of all tenants, above which further ones are. */
  readonly requests_max: number
}

export const PRESSURE: Pressure = { delay_ms_max: 1_000, requests_max: 1_000 }

/**
 * Answers questions with 503 while this thread cannot keep up: an answer that says "later" costs a hundredth of one that
 * comes too late. Only questions: the collector beside them has limits of its own, and events come first. Health pages
 * are always answered, since they are how an operator sees it.
 */
export function shedUnderPressure(app: FastifyInstance, { delay_ms_max, requests_max }: Pressure): void {
  const delays = monitorEventLoopDelay({ resolution: SAMPLE_MS })
  let delay_ms = 0
  let requests = 0
  const timer = setInterval(() => {
    delay_ms = Math.max(0, delays.mean / 1e6 - SAMPLE_MS)
    delays.reset()
  }, LOOK_MS)
  timer.unref()
  app.addHook('onListen', async () => void delays.enable())
  app.addHook('onClose', async () => {
    clearInterval(timer)
    delays.disable()
  })

  app.addHook('onRequest', (request, reply, done) => {
    if (!request.url.startsWith('/v1/')) return done()
    if (requests >= requests_max) return done(overloaded(`${requests} requests are being answered`))
    if (delay_ms > delay_ms_max) return done(overloaded('the engine is late with its work'))
    requests += 1
    reply.raw.once('close', () => {
      requests -= 1
    })
    done()
  })
}

function overloaded(detail: string): ApiError {
  return new ApiError('overloaded', `${detail}: ask again later`)
}

const SAMPLE_MS = 20
const LOOK_MS = 500

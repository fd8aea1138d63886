import type { FastifyBaseLogger } from 'fastify'
import type { Logger } from '../../pipelines/runner/options.ts'
import { tellWithoutData } from './tell-without-data.ts'

/**
 * The engine's log for Fastify and its routes: `request.log.error({ err, query_id }, 'answering a question')` becomes one
 * line. What a line says of an error holds no data of tenants. Requests as such are not logged: the log is silent in
 * normal operation.
 */
export function fastifyLogger(logger: Logger): FastifyBaseLogger {
  const line = (level: 'error' | 'warn') => (about: unknown, message?: string) => {
    const { err, query_id, reqId } = (typeof about === 'object' && about !== null ? about : {}) as Record<
      string,
      unknown
    >
    const id = query_id ?? reqId
    const parts = [
      message ?? (typeof about === 'string' ? about : ''),
      id === undefined ? '' : `request ${String(id)}`,
      err === undefined ? '' : tellWithoutData(err),
    ]
    logger[level](parts.filter((part) => part !== '').join(': '))
  }
  const silent = () => undefined
  const own: FastifyBaseLogger = {
    level: 'warn',
    fatal: line('error'),
    error: line('error'),
    warn: line('warn'),
    info: silent,
    debug: silent,
    trace: silent,
    silent,
    child: () => own,
  }
  return own
}

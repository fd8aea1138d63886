import { AsyncLocalStorage } from 'node:async_hooks'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Clock } from '../../pipelines/clock.ts'
import type { Budgets, Stay } from '../../pipelines/limits/budgets.ts'
import { leaveAtEnd } from '../../pipelines/limits/leave-at-end.ts'
import type { Store } from '../../pipelines/store/client.ts'
import { ApiError } from '../problem.ts'
import { meterStore } from './meter-store.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Where the limits of tenants are kept: null outside of the query API. */
    visit: Visit | null
  }
}

/** One request, from when it is known whose it is. */
export type Visit = {
  /** @throws ApiError `rate_limited` when a limit of the tenant is reached */
  enter(tenant: string): void
  /** What its answer says of the limits. */
  headers(): Readonly<Record<string, string>>
}

export type Guard = {
  /** Holds the routes below a plugin to the limits; its hooks run before those of the routes. */
  protect(app: FastifyInstance): void
  /** Charges rows that the store read to whoever's request is being answered, where somebody else knows how many. */
  read(rows: number): void
  /** A store whose statements are charged to whoever's request is being answered, and to nobody outside of one. */
  metered(store: Store): Store
}

/**
 * The limits of tenants on the query API: `authenticate` enters, the end of the answer leaves, and answers carry
 * `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10).
 *
 * @param clock  in ms, never going back
 */
export function makeGuard(budgets: Budgets, clock: Clock): Guard {
  const visits = new AsyncLocalStorage<{ stay?: Stay }>()

  function visitOf(reply: FastifyReply, place: { stay?: Stay }): Visit {
    return {
      enter(tenant) {
        if (place.stay !== undefined) return
        const stay = budgets.enter(tenant)
        if ('detail' in stay) {
          reply.headers({ ...stay.headers, 'retry-after': String(stay.after_s) })
          throw new ApiError('rate_limited', stay.detail)
        }
        place.stay = stay
        leaveAtEnd(stay, reply.raw)
      },
      headers: () => place.stay?.headers() ?? {},
    }
  }

  return {
    protect(app) {
      app.decorateRequest('visit', null)
      app.addHook('onRequest', (_request, reply, done) => {
        // Answers are a tenant's data; a route that serves everybody the same says otherwise.
        reply.header('cache-control', 'no-store')
        done()
      })
      // The last hook before the handler, so that what the handler starts is in the context that it opens.
      app.addHook('preHandler', (request, reply, done) => {
        const place: { stay?: Stay } = {}
        request.visit = visitOf(reply, place)
        visits.run(place, () => done())
      })
      app.addHook('onSend', (request, reply, payload, done) => {
        if (request.visit !== null) reply.headers(request.visit.headers())
        done(null, payload)
      })
    },
    read: (rows) => visits.getStore()?.stay?.charge({ rows }),
    metered: (store) => meterStore(store, () => visits.getStore()?.stay?.charge, clock),
  }
}

import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { FAMILIES } from '../../schemas/events/registry.ts'
import { eventSchema } from '../contract/event-schema.ts'

/** `GET /v1/schemas`: the JSON Schema of every event type as it is sent, envelope included. */
export function schemaRoutes(app: FastifyInstance): void {
  // Made when somebody asks first: a start is not the time.
  let body: string | undefined
  app.get('/v1/schemas', async (_request, reply) => {
    body ??= JSON.stringify({ events: eventSchemas() })
    return reply.type('application/json; charset=utf-8').send(body)
  })
}

/** Type → its version, what it is, and the JSON Schema (draft 2020-12) of an event. */
export function eventSchemas(): Record<string, { version: number; summary: string; schema: unknown }> {
  return Object.fromEntries(
    FAMILIES.map((family) => {
      const { summary, type, version } = family
      // Checks that JSON Schema cannot say (a calendar date, a currency) stand in the descriptions.
      return [
        type,
        { version, summary, schema: z.toJSONSchema(eventSchema(family), { io: 'input', unrepresentable: 'any' }) },
      ]
    }),
  )
}

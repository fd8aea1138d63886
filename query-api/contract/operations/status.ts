import { z } from 'zod'
import { operations } from '../operation.ts'
import { names, rfc3339 } from '../schemas.ts'

const status = z
  .object({
    tenant: z.string(),
    log: z.string().describe('embedded or kafka.'),
    pipelines: z.array(
      z.looseObject({
        name: z.string(),
        topic: z.string(),
        lag_events: z.int(),
        lag_seconds: z.number(),
        partitions: z.array(
          z.object({
            partition: z.int(),
            start: z.int(),
            end: z.int(),
            committed: z.int(),
            lag_events: z.int(),
          }),
        ),
        rows: z.record(z.string(), z.int()).describe('Of the tenant, by table.'),
        failed_events: z.int(),
        watermarks: z.record(z.string(), rfc3339).describe('By source.'),
      }),
    ),
  })
  .register(names, { id: 'Status' })

export const STATUS = operations({
  id: 'getStatus',
  method: 'GET',
  path: '/v1/status',
  summary: 'How far the pipelines are, and what there is of the tenant',
  tag: 'Operation',
  opened_by: 'metrics:read',
  answers: { 200: { says: 'The status.', content: { 'application/json': status } } },
  example: {},
})

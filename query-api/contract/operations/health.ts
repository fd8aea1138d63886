import { z } from 'zod'
import { operations } from '../operation.ts'

const ok = { 200: { says: 'It does.', content: { 'application/json': z.object({ status: z.literal('ok') }) } } }
const health = { method: 'GET', tag: 'Operation', opened_by: 'anybody', example: {} } as const

export const HEALTH = operations(
  { ...health, id: 'live', path: '/livez', summary: 'Whether the process answers', answers: ok },
  {
    ...{ ...health, id: 'ready', path: '/readyz', summary: 'Whether it can do its work now, else why not' },
    answers: ok,
    errors: ['not_ready'],
  },
  {
    ...{ ...health, id: 'started', path: '/startupz', summary: 'Whether it was ready once' },
    answers: ok,
    errors: ['not_ready'],
  },
  {
    ...{ ...health, id: 'prometheus', path: '/metrics', summary: 'Measurements of the process, for Prometheus' },
    answers: { 200: { says: 'In the text format.', content: { 'text/plain': 'text' } } },
  },
)

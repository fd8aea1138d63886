import { z } from 'zod'
import { operations } from '../operation.ts'

const page = { method: 'GET', tag: 'Operation', opened_by: 'anybody', example: {} } as const

export const CONTRACT = operations(
  {
    ...{ ...page, id: 'openapi', path: '/v1/openapi.json', summary: 'This document' },
    answers: { 200: { says: 'OpenAPI 3.1.', content: { 'application/json': z.looseObject({ openapi: z.string() }) } } },
  },
  {
    ...{ ...page, id: 'docs', path: '/v1/docs', summary: 'This document as a page' },
    answers: { 200: { says: 'HTML without any script.', content: { 'text/html': 'text' } } },
  },
  {
    ...{ ...page, id: 'docsStyle', path: '/v1/docs.css', summary: 'How the page looks' },
    answers: { 200: { says: 'CSS.', content: { 'text/css': 'text' } } },
  },
)

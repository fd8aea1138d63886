import { z } from 'zod'

export const jsonValue = z.json()

/** The body of `POST /v1/sql`. */
export const sqlQuestion = z.strictObject({
  sql: z.string(),
  params: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/), jsonValue).default({}),
})

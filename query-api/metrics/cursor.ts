import { createHmac, timingSafeEqual } from 'node:crypto'
import { ApiError } from '../problem.ts'

/** Where an answer that was cut goes on: behind a row, not behind a number of rows, which move while one reads. */
export type Cursors = {
  /**
   * @param question  what was asked, in one spelling, without limit and cursor: a cursor is of no use to any other
   * @param position  of the last row that was sent; becomes JSON
   */
  make(tenant: string, question: string, position: unknown): string
  /** @throws ApiError `bad_cursor` for one that was not made by us, or for another tenant or question */
  read(tenant: string, question: string, cursor: string): unknown
}

/** @param key  the same in all processes, so that any of them goes on where another stopped */
export function makeCursors(key: Uint8Array): Cursors {
  const signed = (tenant: string, question: string, body: string) =>
    createHmac('sha256', key)
      .update(JSON.stringify([tenant, question, body]))
      .digest()
      .subarray(0, SIGNATURE_BYTES)
  return {
    make(tenant, question, position) {
      const body = Buffer.from(JSON.stringify(position)).toString('base64url')
      return `${body}.${signed(tenant, question, body).toString('base64url')}`
    },
    read(tenant, question, cursor) {
      const [body = '', signature = '', ...rest] = cursor.split('.')
      const given = Buffer.from(signature, 'base64url')
      const good = given.length === SIGNATURE_BYTES && timingSafeEqual(given, signed(tenant, question, body))
      if (!good || rest.length > 0 || given.toString('base64url') !== signature)
        throw new ApiError('bad_cursor', 'this cursor was not made for this question', { path: 'cursor' })
      return JSON.parse(Buffer.from(body, 'base64url').toString())
    },
  }
}

const SIGNATURE_BYTES = 16

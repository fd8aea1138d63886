import type { z } from 'zod'
import type { ErrorCode } from '../../schemas/errors.ts'
import type { Scope } from '../../schemas/scopes.ts'

/** One way to use one address: what is asked, by whom, and what comes back. The whole contract is a list of these. */
export type Operation = {
  /** `operationId`, and the method of the client. */
  readonly id: string
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** As the router has it: `/v1/alerts/:id`. */
  readonly path: string
  /** A few words. */
  readonly summary: string
  readonly details?: string
  /** The heading that it stands under. */
  readonly tag: string
  /** A scope of a key or token; a signature is that of a platform's webhook. */
  readonly opened_by: Scope | 'anybody' | 'signature'
  readonly in_path?: z.ZodObject
  readonly in_query?: z.ZodObject
  readonly in_headers?: z.ZodObject
  /** By content type. */
  readonly body?: Readonly<Record<string, Content>>
  /** By status: those that are no errors. */
  readonly answers: Readonly<Record<number, Answer>>
  /** Beside those that every operation may have. */
  readonly errors?: readonly ErrorCode[]
  /** A request that can be made on any engine; tests make it. */
  readonly example: Example
}

export type Answer = {
  readonly says: string
  /** By content type; none has no body. */
  readonly content?: Readonly<Record<string, Content>>
  readonly headers?: Readonly<Record<string, string>>
}

/** A schema for JSON; else lines of text, or bytes. */
export type Content = z.ZodType | 'text' | 'bytes'

export type Example = {
  readonly path?: Readonly<Record<string, string>>
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** What a list of operations is written as; gives the literal types to whoever looks. */
export function operations(...list: readonly Operation[]): readonly Operation[] {
  return list
}

/** `/v1/alerts/:id` as `/v1/alerts/{id}`. */
export function templateOf(path: string): string {
  return path.replaceAll(/:([A-Za-z_]+)/g, '{$1}')
}

import { type Operations, type Problem, ROUTES } from './operations.ts'

/**
 * A client of an engine: a method per operation of its contract, typed, without any dependency.
 *
 * ```ts
 * const omnify = createClient({ url: 'http://127.0.0.1:4000', key: 'omk_…' })
 * const { rows } = await omnify.queryMetrics({ body: { measures: ['revenue'], dimensions: ['platform'] } })
 * const csv = await omnify.raw('getMetrics', { query: { measures: 'spend' } }, { accept: 'text/csv' })
 * ```
 *
 * @param options.key  an API key or a token; a function is asked before each request, for tokens that end
 */
export function createClient(options: ClientOptions): Client {
  const send = options.fetch ?? globalThis.fetch

  async function raw(id: OperationId, takes: Takes = {}, call: CallOptions = {}): Promise<Response> {
    const [method, path] = ROUTES[id]
    const key = typeof options.key === 'function' ? await options.key() : options.key
    const { body } = takes
    const response = await send(addressOf(options.url, path, takes), {
      method,
      headers: {
        accept: call.accept ?? 'application/json',
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': call.content_type ?? typeOfBody(body) }),
        ...definedOf(takes.header),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    })
    if (response.ok || response.status === 304) return response
    throw await errorOf(response)
  }

  async function json(id: OperationId, takes?: Takes, call?: CallOptions): Promise<unknown> {
    const response = await raw(id, takes, call)
    return response.status === 204 ? undefined : response.json()
  }

  const methods = Object.fromEntries(
    Object.keys(ROUTES).map((id) => [id, (takes?: Takes, call?: CallOptions) => json(id as OperationId, takes, call)]),
  )
  return { ...methods, raw } as unknown as Client
}

export type ClientOptions = {
  /** Of the engine, such as `http://127.0.0.1:4000`. */
  readonly url: string
  readonly key?: string | (() => string | Promise<string>)
  readonly fetch?: typeof globalThis.fetch
}

export type CallOptions = {
  /** Another format of the answer, with `raw`. */
  readonly accept?: string
  /** Of a body that is text: `application/x-ndjson` when not given. */
  readonly content_type?: string
  readonly signal?: AbortSignal
}

export type OperationId = keyof Operations

/** Arguments may be left out where nothing in them is needed. */
type Arguments<T> = object extends T ? [takes?: T, call?: CallOptions] : [takes: T, call?: CallOptions]

export type Client = {
  readonly [Id in OperationId]: (...given: Arguments<Operations[Id]['takes']>) => Promise<Operations[Id]['gives']>
} & {
  /** The response itself, for formats other than JSON and for streams. @throws OmnifyError */
  raw<Id extends OperationId>(id: Id, ...given: Arguments<Operations[Id]['takes']>): Promise<Response>
}

/** An answer that is an error: `code` is one of the contract's, `problem` the whole body. */
export class OmnifyError extends Error {
  readonly code: Problem['code'] | undefined
  readonly status: number
  readonly problem: Problem | undefined
  /** Seconds after which the same may work. */
  readonly retry_after_s: number | undefined
  constructor(status: number, problem: Problem | undefined, retry_after_s: number | undefined) {
    super(problem === undefined ? `the engine answers ${status}` : `${problem.code}: ${problem.detail}`)
    this.name = 'OmnifyError'
    this.status = status
    this.problem = problem
    this.code = problem?.code
    this.retry_after_s = retry_after_s
  }
}

type Takes = {
  readonly path?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
}

function addressOf(url: string, path: string, { path: values = {}, query = {} }: Takes): URL {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(values[name]!))
  const address = new URL(filled, url)
  for (const [name, value] of Object.entries(query))
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined) address.searchParams.append(name, String(one))
  return address
}

function typeOfBody(body: unknown): string {
  return typeof body === 'string' ? 'application/x-ndjson' : 'application/json'
}

function definedOf(headers: Takes['header'] = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

/** A proxy on the way may answer something that is no problem of ours. */
async function errorOf(response: Response): Promise<OmnifyError> {
  const type = response.headers.get('content-type') ?? ''
  const problem = type.startsWith('application/problem+json') ? ((await response.json()) as Problem) : undefined
  const after = response.headers.get('retry-after')
  return new OmnifyError(response.status, problem, after === null ? undefined : Number(after))
}

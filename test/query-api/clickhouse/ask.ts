import type { EndpointUnderTest } from './support.ts'

export type Asked = {
  readonly tenant?: string
  readonly url?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly method?: string
  readonly body?: string | Uint8Array<ArrayBuffer> | FormData
}

/** Asks the endpoint as plain HTTP. */
export function askBi(endpoint: EndpointUnderTest, sql: string, asked: Asked = {}): Promise<Response> {
  const { body, headers = {}, method = 'POST', tenant = 'alpha', url = {} } = asked
  const query = new URLSearchParams(method === 'GET' ? { query: sql, ...url } : url)
  return fetch(`${endpoint.url}/?${query}`, {
    method,
    headers: { authorization: basic(tenant, `key-${tenant}`), 'content-type': 'text/plain', ...headers },
    ...(method === 'GET' ? {} : { body: body ?? sql }),
  })
}

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

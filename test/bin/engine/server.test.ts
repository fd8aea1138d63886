import { connect } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openServer } from '../../../bin/engine/server.ts'
import { StoreError } from '../../../pipelines/store/client.ts'
import { secureBrowsers } from '../../../query-api/limits/browser.ts'
import { ApiError } from '../../../query-api/problem.ts'
import { answerFailures } from '../../../query-api/routes/failures.ts'

let app: FastifyInstance
let lines: string[]
beforeEach(async () => {
  lines = []
  const line = (level: string) => (text: string) => void lines.push(`${level}: ${text}`)
  app = openServer({ info: line('info'), warn: line('warning'), error: line('error') })
  await secureBrowsers(app)
  await app.register(async (scope) => {
    answerFailures(scope)
    scope.get('/page', async () => ({ ok: true }))
    scope.get('/mistake', async () => {
      throw new TypeError('cannot read the order of jane@example.com', { cause: new SyntaxError('at "jane"') })
    })
    scope.get('/store', async () => {
      throw new StoreError('unavailable', 0, "in the store, SELECT 'jane@example.com': refused")
    })
    scope.get('/question', async () => {
      throw new ApiError('unknown_measure', 'no measure "jane@example.com"')
    })
  })
})
afterEach(() => app.close())

/** What the server says to bytes. */
async function send(text: string): Promise<string> {
  const url = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  const socket = connect(Number(url.port), '127.0.0.1')
  socket.on('error', () => {})
  socket.write(text)
  let answer = ''
  for await (const chunk of socket) answer += chunk
  return answer
}

describe('the server of a process', () => {
  it('tells its log of a mistake of ours once, with the id of the answer and nothing that a tenant sent', async () => {
    const answer = await app.inject('/mistake')
    expect(answer.statusCode).toBe(500)
    const id = answer.headers['x-omnify-query-id']
    expect(answer.json()).toMatchObject({ code: 'internal', query_id: id })
    expect(answer.body).not.toContain('jane')
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(
      new RegExp(
        `^error: answering a question: internal: request ${id}: TypeError at test/bin/engine/server.test.ts:\\d+.* ← SyntaxError`,
      ),
    )
    expect(lines[0]).not.toContain('jane')
  })

  it('tells of a dependency that fails once in a while, and of a wrong question never', async () => {
    for (let n = 0; n < 5; n += 1) expect((await app.inject('/store')).statusCode).toBe(503)
    expect((await app.inject('/question')).statusCode).toBe(400)
    expect(lines).toEqual([
      expect.stringMatching(/^warning: answering a question: store_unavailable: .*StoreError unavailable/),
    ])
    expect(lines[0]).not.toContain('jane')
  })

  it('says nothing of ordinary requests', async () => {
    await app.inject('/page')
    await app.inject('/nowhere')
    expect(lines).toEqual([])
  })

  it('answers what it does not know, and addresses that it cannot read, with problem+json', async () => {
    for (const [url, status, code] of [
      ['/nowhere', 404, 'not_found'],
      ['/%E0%A4%A', 400, 'bad_request'],
    ] as const) {
      const answer = await app.inject(url)
      expect([answer.statusCode, answer.json().code]).toEqual([status, code])
      expect(answer.headers['content-type']).toContain('application/problem+json')
    }
  })

  it('refuses headers above 16 KB and what is no HTTP, in the same form', async () => {
    const large = await send(`GET /page HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)
    expect(large).toMatch(/^HTTP\/1.1 431 /)
    expect(JSON.parse(large.split('\r\n\r\n')[1]!)).toMatchObject({ code: 'headers_too_large', status: 431 })
  })

  it('has headers for browsers on every answer: nothing inline, nothing from elsewhere, no frame', async () => {
    for (const url of ['/page', '/nowhere', '/mistake']) {
      const { headers } = await app.inject(url)
      const policy = Object.fromEntries(
        String(headers['content-security-policy'])
          .split(';')
          .map((part) => part.trim().split(/ (.*)/s).slice(0, 2)),
      )
      expect(policy).toMatchObject({
        'default-src': "'none'",
        'script-src': "'self'",
        'style-src': "'self'",
        'base-uri': "'none'",
        'frame-ancestors': "'none'",
      })
      expect(headers['content-security-policy']).not.toMatch(/unsafe|\*|http:/)
      expect(headers).toMatchObject({
        'strict-transport-security': 'max-age=63072000; includeSubDomains',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
      })
      expect(headers).not.toHaveProperty('x-powered-by')
    }
  })
})

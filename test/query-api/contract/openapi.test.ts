import { Validator } from '@seriousme/openapi-schema-validator'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OPERATIONS } from '../../../query-api/contract/list.ts'
import { type Json, openapi } from '../../../query-api/contract/openapi.ts'
import { operations, templateOf } from '../../../query-api/contract/operation.ts'
import { docsPage } from '../../../query-api/contract/page.ts'
import { secureBrowsers } from '../../../query-api/limits/browser.ts'
import { ALL_SCOPES } from '../../../schemas/scopes.ts'
import { type Door, openDoor } from '../../support/door.ts'
import { openRooms } from '../support/rooms.ts'

const routes: string[] = []
const state: { app?: FastifyInstance; door?: Door } = {}
beforeAll(async () => {
  state.door = await openDoor()
  state.app = await openRooms(state.door, { routes, before: secureBrowsers })
})
afterAll(async () => {
  await state.app?.close()
  await state.door?.close()
})

type Document = Json & {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json & { operationId: string; security: Json[] }>>>>
  readonly components: { readonly schemas: Json }
}

describe('the contract', () => {
  it('has every route of the app, and nothing else', () => {
    const written = OPERATIONS.map(({ method, path }) => `${method} ${path}`)
    expect(routes.toSorted()).toEqual(written.toSorted())
  })

  it('is OpenAPI 3.1 by the rules of others', async () => {
    const answer = await state.app!.inject('/v1/openapi.json')
    const document = answer.json<Document>()
    const result = await new Validator().validate(structuredClone(document))
    expect(result.errors).toBeUndefined()
    expect(result.valid).toBe(true)
    const ids = Object.values(document.paths).flatMap((methods) => Object.values(methods).map((one) => one.operationId))
    expect(ids.toSorted()).toEqual(OPERATIONS.map(({ id }) => id).toSorted())
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('names the scope of each operation, and every scope that exists', () => {
    const document = openapi(OPERATIONS) as Document
    const named = OPERATIONS.map(
      ({ method, path }) => document.paths[templateOf(path)]![method.toLowerCase()]!.security,
    )
    expect(named).toEqual(
      OPERATIONS.map(({ opened_by }) =>
        (ALL_SCOPES as readonly string[]).includes(opened_by) ? [{ key: [opened_by] }] : [],
      ),
    )
  })

  it('refers to nothing that is not there', () => {
    const document = openapi(OPERATIONS) as Document
    const references = new Set(
      [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name!),
    )
    expect([...references].filter((name) => !(name in document.components.schemas))).toEqual([])
    expect(JSON.stringify(document)).not.toMatch(/\$defs|__schema/)
    for (const [name, schema] of Object.entries(document.components.schemas))
      expect(schema, name).not.toHaveProperty('$ref')
  })

  it('is served with a tag, for everybody', async () => {
    for (const url of ['/v1/openapi.json', '/v1/docs', '/v1/docs.css']) {
      const first = await state.app!.inject(url)
      expect(first.statusCode).toBe(200)
      const again = await state.app!.inject({ url, headers: { 'if-none-match': String(first.headers.etag) } })
      expect([again.statusCode, again.body]).toEqual([304, ''])
    }
  })
})

describe('the page', () => {
  it('shows every operation, and needs nothing that the policy of browsers forbids', async () => {
    const answer = await state.app!.inject('/v1/docs')
    for (const { id, summary } of OPERATIONS) {
      expect(answer.body).toContain(`<section id="${id}">`)
      expect(answer.body).toContain(summary.replaceAll(/[&<>"’']/g, (c) => (c === '’' ? c : `&#${c.charCodeAt(0)};`)))
    }
    expect(answer.body).not.toMatch(/<script|<style|\sstyle=|\son\w+=|javascript:|https?:\/\//i)
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'")
    const links = [...answer.body.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id!)
    expect(links.length).toBeGreaterThan(OPERATIONS.length)
    for (const id of links) expect(answer.body).toContain(`id="${id}"`)
  })

  it('takes no text for markup', () => {
    const hostile = '<script>alert("1")</script>\'&'
    const list = operations({
      ...{ id: 'x', method: 'GET', path: '/v1/x', opened_by: 'anybody', example: {} },
      ...{ summary: hostile, details: hostile, tag: hostile },
      answers: { 200: { says: hostile, content: { 'text/plain': 'text' } } },
    })
    const page = docsPage(list, openapi(list))
    expect(page).not.toMatch(/<script|alert\("/)
    expect(page).toContain('&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;&#39;&#38;')
  })
})

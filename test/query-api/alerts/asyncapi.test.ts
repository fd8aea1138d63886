import { createRequire } from 'node:module'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { asyncapi } from '../../../query-api/alerts/asyncapi.ts'
import { alertHeaders } from '../../../schemas/alerts.ts'
import { alert } from '../../support/alert.ts'

const document = JSON.parse(JSON.stringify(asyncapi()))
const require = createRequire(import.meta.url)

describe('the AsyncAPI document', () => {
  it('is one, by the specification’s own schema', () => {
    const ajv = new Ajv({ strict: false, allErrors: true, logger: false, validateFormats: false })
    const isDocument = ajv.compile(require('@asyncapi/specs/schemas/3.0.0-without-$id.json'))
    expect(isDocument(document), JSON.stringify(isDocument.errors?.slice(0, 5), null, 1)).toBe(true)
    expect(isDocument({ ...document, channels: { x: { adress: 'typo' } } })).toBe(false)
  })

  it('refers to nothing that is not there', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"(#[^"]+)"/g)].map(([, path]) => path!)
    expect(references.length).toBeGreaterThan(10)
    for (const path of references) {
      const parts = path.split('/').slice(1)
      const found = parts.reduce<Record<string, never> | undefined>((value, part) => value?.[part], document)
      expect(found, path).toBeDefined()
    }
  })

  it('describes alerts and their headers as they are', () => {
    const ajv = new Ajv({ strict: false, validateFormats: false })
    const isAlert = ajv.compile(document.components.schemas.Alert)
    const record = alert({ causes: [{ set: { platform: 'x' }, score: 0.5, share: 0.4, size: 3 }] })
    expect(isAlert(record), JSON.stringify(isAlert.errors)).toBe(true)
    expect(isAlert({ ...record, state: 'strange' })).toBe(false)
    expect(document.components.messages.record.headers.required).toEqual(Object.keys(alertHeaders(record)))
  })
})

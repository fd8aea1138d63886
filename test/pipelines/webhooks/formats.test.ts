import { describe, expect, it } from 'vitest'
import { bodyOf } from '../../../pipelines/webhooks/formats.ts'
import { alertBytes } from '../../../schemas/alerts.ts'
import { alert } from '../../support/alert.ts'

describe('bodies', () => {
  it('hold the bytes of the alert as they are, for programs', () => {
    const record = alert({ title: 'Ümlaut </script>' })
    const bytes = alertBytes(record)
    const body = bodyOf('json', record, bytes)
    expect(body).toContain(`"data":${bytes}}`)
    expect(JSON.parse(body)).toEqual({ type: 'alert.open', timestamp: record.last_at, data: record })
  })

  it('let no name write into a channel or a mail', () => {
    const record = alert({ title: '<!channel> *bold* & <a href="x">', scope: { campaign: '<img src=x>' } })
    const slack = JSON.parse(bodyOf('slack', record, ''))
    expect(slack.text).not.toContain('<')
    expect(slack.text).not.toContain('*bold*')
    expect(slack.blocks[1].text.text).not.toContain('<img')
    const mail = JSON.parse(bodyOf('email', record, ''))
    expect(mail.html).not.toContain('<img')
    expect(mail.html).not.toContain('<a ')
    expect(mail.text).toContain('<img src=x>')
  })

  it('are one thread per alert in a mail program', () => {
    const first = JSON.parse(bodyOf('email', alert({ revision: 1 }), '')).headers
    const second = JSON.parse(bodyOf('email', alert({ revision: 2, state: 'resolved' }), '')).headers
    expect(first).not.toHaveProperty('References')
    expect(second.References).toBe(first['Message-ID'])
    expect(second['Message-ID']).not.toBe(first['Message-ID'])
  })

  it('keep to Slack’s lengths', () => {
    const slack = JSON.parse(bodyOf('slack', alert({ title: 'x'.repeat(500) }), ''))
    expect(slack.blocks[0].text.text).toHaveLength(150)
  })
})

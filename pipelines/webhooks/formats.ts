import type { AlertRecord } from '../../schemas/alerts.ts'

/** What a webhook's body looks like: for a program, for Slack's incoming webhooks, or for a gateway that sends mail. */
export const WEBHOOK_FORMATS = ['json', 'slack', 'email'] as const
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number]

/**
 * The body that tells of an alert. It follows from the alert's bytes alone, so that every attempt, and every subscription
 * of one format, has the same.
 *
 * @param bytes  canonical JSON of the revision, as it lies on the log
 */
export function bodyOf(format: WebhookFormat, record: AlertRecord, bytes: string): string {
  switch (format) {
    case 'json':
      // The shape that Standard Webhooks proposes. The alert's own bytes are put in as they are.
      return `{"type":"alert.${record.state}","timestamp":"${record.last_at}","data":${bytes}}`
    case 'slack':
      return JSON.stringify(slackOf(record))
    case 'email':
      return JSON.stringify(mailOf(record))
  }
}

/** Block Kit, with `text` for notifications (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks). */
function slackOf(record: AlertRecord): object {
  const facts = factsOf(record).map(([name, value]) => `*${slackText(name)}:* ${slackText(value)}`)
  const heading = headingOf(record)
  return {
    text: slackText(heading),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cut(heading, 150), emoji: false } },
      { type: 'section', text: { type: 'mrkdwn', text: cut(facts.join('\n'), 3000) } },
      { type: 'context', elements: [{ type: 'plain_text', text: `${record.id}, revision ${record.revision}` }] },
    ],
  }
}

/** All revisions of an alert are one thread in a mail program: they refer to its first (RFC 5322, 3.6.4). */
function mailOf(record: AlertRecord): object {
  const heading = headingOf(record)
  const facts = factsOf(record)
  const rows = facts.map(([name, value]) => `<tr><th align="left">${html(name)}</th><td>${html(value)}</td></tr>`)
  const first = `<${record.id}.1@alerts.omnify>`
  return {
    subject: cut(heading, 200),
    text: `${heading}\n\n${facts.map(([name, value]) => `${name}: ${value}`).join('\n')}\n`,
    html: `<h1>${html(heading)}</h1><table>${rows.join('')}</table>`,
    headers: {
      'Message-ID': `<${record.id}.${record.revision}@alerts.omnify>`,
      ...(record.revision === 1 ? {} : { 'In-Reply-To': first, References: first }),
    },
  }
}

const STATE_WORDS: Readonly<Record<AlertRecord['state'], string>> = {
  open: 'New',
  updated: 'Update',
  resolved: 'Resolved',
  retracted: 'Withdrawn',
}

function headingOf({ severity, state, title }: AlertRecord): string {
  return `${STATE_WORDS[state]} (${severity}): ${title}`
}

/** What a person wants to know, in that order; what is not known is left out. */
function factsOf(record: AlertRecord): [string, string][] {
  const { causes, currency, expected, interval, money_at_stake: money, observed, scope, unit } = record
  const amount = unit === 'money' && currency !== null ? ` ${currency}` : ''
  const facts: [string, string | undefined][] = [
    ['Metric', record.metric],
    ['Scope', scopeText(scope, 'everything')],
    ['Since', record.onset_at],
    ['Ended', record.ended_at ?? undefined],
    ['Observed', observed === null ? undefined : `${observed}${amount}`],
    [
      'Expected',
      expected === null
        ? undefined
        : `${expected}${amount}${interval === null ? '' : ` (${interval.low} to ${interval.high})`}`,
    ],
    ['Class', record.cause_class === 'unknown' ? undefined : record.cause_class.replaceAll('_', ' ')],
    ['Where', causes.length === 0 ? undefined : causes.map(({ set }) => scopeText(set, 'from outside')).join('; ')],
    ['At stake so far', money === null ? undefined : `${money.so_far.mean} ${money.currency}`],
    ['At stake per hour', money === null ? undefined : `${money.per_hour.mean} ${money.currency}`],
  ]
  return facts.filter((fact): fact is [string, string] => fact[1] !== undefined)
}

function scopeText(scope: AlertRecord['scope'], none: string): string {
  const parts = Object.entries(scope).map(([name, value]) => `${name} ${value}`)
  return parts.length === 0 ? none : parts.join(', ')
}

/** Names come from ad platforms: whoever names a campaign must not write into somebody's channel or mail. */
function slackText(text: string): string {
  // A zero-width space keeps signs of formatting from being any.
  return html(text).replace(/[*_~`]/g, (sign) => `\u200b${sign}\u200b`)
}

function html(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => HTML[sign]!)
}

const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function cut(text: string, length_max: number): string {
  return text.length <= length_max ? text : `${text.slice(0, length_max - 1)}…`
}

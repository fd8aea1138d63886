import { parseAlert } from '../../../schemas/alerts.ts'

/** A revision as somebody has it. */
export type Revision = { readonly id: string; readonly revision: number; readonly bytes: string }

/** The same alerts, as all who may have them have them. */
export type Seen = {
  readonly table: readonly Revision[]
  /** In the order of the log. */
  readonly topic: readonly (Revision & { readonly offset: number })[]
  /** What a stream was sent, in the order of its coming. */
  readonly stream: readonly { readonly offset: number; readonly bytes: string }[]
  /** What a webhook was sent. */
  readonly webhook: readonly Revision[]
}

/**
 * What does not hold of alerts that were told while the engine was killed: every revision of the table is told, on the
 * topic, on the stream and to the webhook, in the same bytes everywhere and each time; nothing is told that is not in the
 * table; and nobody hears of a revision before the one that it follows.
 *
 * @returns findings in words; none when all of it holds
 */
export function differAlerts({ stream, table, topic, webhook }: Seen): string[] {
  const findings: string[] = []
  const truth = new Map<string, string>()
  for (const { bytes, id, revision } of table) {
    const before = truth.get(`${id} ${revision}`) ?? bytes
    if (before !== bytes) findings.push(`${id} ${revision} has other bytes in the table: ${bytes}, not ${before}`)
    truth.set(`${id} ${revision}`, bytes)
    const record = parseAlert(bytes)
    if (record.id !== id || record.revision !== revision) findings.push(`${id} ${revision} is the row of ${bytes}`)
    if (revision > 1 && !table.some((one) => one.id === id && one.revision === revision - 1))
      findings.push(`${id} ${revision} is in the table, and not the revision before it`)
  }
  findings.push(...held(truth, topic, 'topic'), ...held(truth, webhook, 'webhook'))
  findings.push(...inOrder(topic))
  findings.push(...streamed(topic, stream))
  return findings
}

/** Whether somebody was told all of it, in its bytes, and nothing else. */
function held(truth: ReadonlyMap<string, string>, told: readonly Revision[], who: string): string[] {
  const findings: string[] = []
  const found = new Set<string>()
  for (const { bytes, id, revision } of told) {
    const key = `${id} ${revision}`
    found.add(key)
    const wanted = truth.get(key)
    if (wanted === undefined) findings.push(`${who}: ${key} is not in the table`)
    else if (wanted !== bytes) findings.push(`${who}: ${key} is ${bytes}, not ${wanted}`)
  }
  for (const key of truth.keys()) if (!found.has(key)) findings.push(`${who}: ${key} was never told`)
  return findings
}

/** A revision may be told again, and late ones with it; what is new of an alert comes in the order of its revisions. */
function inOrder(topic: Seen['topic']): string[] {
  const greatest = new Map<string, number>()
  return topic.flatMap(({ id, offset, revision }) => {
    const before = greatest.get(id) ?? 0
    greatest.set(id, Math.max(before, revision))
    return revision <= before + 1 ? [] : [`topic: at ${offset} ${id} goes from revision ${before} to ${revision}`]
  })
}

/** A stream has the log's records, each once, though its connection was cut. */
function streamed(topic: Seen['topic'], stream: Seen['stream']): string[] {
  const findings: string[] = []
  const wanted = new Map(topic.map(({ bytes, offset }) => [offset, bytes]))
  for (const { bytes, offset } of stream) {
    if (wanted.get(offset) !== bytes) findings.push(`stream: ${offset} is ${bytes}, not ${wanted.get(offset)}`)
    wanted.delete(offset)
  }
  for (const offset of wanted.keys()) findings.push(`stream: ${offset} never came`)
  return findings
}

export function revisionOf(bytes: string): Revision {
  const { id, revision } = parseAlert(bytes)
  return { id, revision, bytes }
}

/** The alert's own bytes within the body of a webhook: what stands behind `"data":`, to the last brace but one. */
export function dataOf(body: string): string {
  return body.slice(body.indexOf('"data":') + '"data":'.length, -1)
}

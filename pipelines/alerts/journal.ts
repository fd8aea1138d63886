import { type AlertRecord, alertBytes, alertHeaders, alertPartition, parseAlert } from '../../schemas/alerts.ts'
import { alerts } from '../../schemas/tables.ts'
import { TOPICS } from '../../schemas/topics.ts'
import type { AppendRecord, Log } from '../log/port.ts'
import { FencedError } from '../runner/errors.ts'
import { fencedInsert, isNewest, type Writer } from '../runner/fence.ts'
import type { Store } from '../store/client.ts'
import { NativeBlock } from '../store/native.ts'

/** A revision, and what its writer needs to go on with the alert after a restart: text of its own, told to nobody. */
export type Revision = { readonly record: AlertRecord; readonly life: string }

/**
 * The writing side of alerts, for the one writer of some kinds of them. A revision is durable in the table before it is
 * told on the topic, and what was told is noted by the caller (`published`), so a kill between the two is made good at
 * the next opening from the table's own bytes: told at least once, the same id and revision never in other bytes.
 */
export type Journal = {
  /** The newest revision of each alert that is open, or ended after this time, in the order of writing. */
  load(ended_after_ms: number): Promise<Revision[]>
  /**
   * Writes revisions, in this order. Resolves when they are on the topic, with the place that `openJournal` is to be
   * given by the next writer.
   *
   * @throws FencedError when another writer has taken over; StoreError, LogError
   */
  write(revisions: readonly Revision[]): Promise<number>
}

export type JournalDeps = {
  readonly store: Store
  /** Must be allowed to write the topic. */
  readonly log: Log
  readonly writer: Writer
  /** From `raiseGeneration` of this writer. */
  readonly generation: number
  /** Kinds of alerts that only this writer writes. */
  readonly kinds: readonly AlertRecord['kind'][]
  /** What the last `write` resolved with, 0 where there was none. */
  readonly published: number
}

/** Tells what the last writer left untold, then is ready to write. */
export async function openJournal(
  deps: JournalDeps,
): Promise<{ readonly journal: Journal; readonly published: number }> {
  const { generation, kinds, log, store, writer } = deps
  const partitions = await log.partitions(TOPICS.alerts.name)
  let published = deps.published
  for (;;) {
    const rows = await store.query<[string, string]>(
      `SELECT toString(seq), record FROM alerts FINAL WHERE seq > {seq:UInt64} AND kind IN {kinds:Array(String)}
       ORDER BY seq LIMIT ${ROWS_A_READ}`,
      { seq: published, kinds },
      { format: 'JSONCompactEachRow' },
    )
    await tell(
      log,
      partitions,
      rows.map(([, bytes]) => ({ bytes, record: parseAlert(bytes) })),
    )
    if (rows.length > 0) published = Number(rows.at(-1)![0])
    if (rows.length < ROWS_A_READ) break
  }
  // A seq grows with every writer and every revision; no clock has a part in it.
  let next = Math.max(generation * REVISIONS_A_WRITER, published + 1)

  const journal: Journal = {
    async load(ended_after_ms) {
      const rows = await store.query<[string, string]>(
        `SELECT record, life FROM (SELECT * FROM alerts FINAL WHERE kind IN {kinds:Array(String)}
         ORDER BY tenant, id, revision DESC LIMIT 1 BY tenant, id)
         WHERE ended_at IS NULL OR ended_at > fromUnixTimestamp64Milli({after:Int64}, 'UTC') ORDER BY seq`,
        { kinds, after: ended_after_ms },
        { format: 'JSONCompactEachRow' },
      )
      return rows.map(([record, life]) => ({ record: parseAlert(record), life }))
    },
    async write(revisions) {
      if (revisions.length === 0) return published
      const written = revisions.map(({ record, life }) => ({ record, life, bytes: alertBytes(record), seq: next++ }))
      await store.insertNative(fencedInsert(writer, alerts.name, alerts.columns), blockOf(written))
      if (!(await isNewest(store, writer))) throw new FencedError(writer)
      await tell(log, partitions, written)
      published = written.at(-1)!.seq
      return published
    },
  }
  return { journal, published }
}

type Told = { readonly record: AlertRecord; readonly bytes: string }

async function tell(log: Log, partitions: number, all: readonly Told[]): Promise<void> {
  const parts = Map.groupBy(all, ({ record }) => alertPartition(record.tenant, partitions))
  for (const [partition, told] of parts) {
    const records: AppendRecord[] = told.map(({ record, bytes }) => ({
      key: Buffer.from(record.tenant),
      value: Buffer.from(bytes),
      headers: alertHeaders(record),
    }))
    await log.append(TOPICS.alerts.name, partition, records)
  }
}

function blockOf(rows: readonly (Told & { readonly life: string; readonly seq: number })[]): Buffer {
  const block = new NativeBlock(alerts.columns, rows.length)
  for (const { record, life, bytes, seq } of rows) {
    const { scope } = record
    const values: Readonly<Record<string, unknown>> = {
      ...record,
      seq: BigInt(seq),
      ...Object.fromEntries(SCOPE_COLUMNS.map((name) => [name, scope[name] ?? ''])),
      onset_at: Date.parse(record.onset_at),
      detected_at: Date.parse(record.detected_at),
      ended_at: record.ended_at === null ? null : Date.parse(record.ended_at),
      record: bytes,
      life,
    }
    for (const { name } of alerts.columns) block.column(name).append(values[name] as never)
  }
  return block.finish()
}

const SCOPE_COLUMNS = ['platform', 'account', 'campaign', 'ad', 'creative'] as const
const ROWS_A_READ = 1_000
/** Seq stays a safe integer for 8 million writers. */
const REVISIONS_A_WRITER = 2 ** 30

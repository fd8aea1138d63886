import type { Rejection } from '../../schemas/parse.ts'
import { failed_events } from '../../schemas/tables.ts'
import type { AppendRecord, LogRecord } from '../log/port.ts'
import type { Block, PartitionContext } from '../runner/stage.ts'
import type { NativeValue } from '../store/native/builder.ts'
import { NativeBlock } from '../store/native.ts'
import type { Vault } from '../vault/port.ts'

/** What a stream could not use: rows of `failed_events`, and dead letters for whoever watches. */
export class Failures {
  readonly letters: AppendRecord[] = []
  private readonly rows = new NativeBlock(failed_events.columns, 16)
  private readonly pipeline: string
  private readonly tenant: string
  private readonly context: PartitionContext
  private readonly vault: Vault

  constructor(stream: { readonly name: string; readonly tenant: string }, context: PartitionContext, vault: Vault) {
    this.pipeline = stream.name
    this.tenant = stream.tenant
    this.context = context
    this.vault = vault
  }

  async fail(record: LogRecord, stage: string, { code, path, reason }: Rejection): Promise<void> {
    const { claim, present } = this.context
    const { pipeline, tenant } = this
    const at = { topic: claim.topic, partition: claim.partition, offset: record.offset }
    const letter = { ...at, tenant, source: pipeline, type: '', stage, code, path, reason }
    this.letters.push({ key: Buffer.from(tenant), value: Buffer.from(JSON.stringify(letter)) })
    if (present.has(failed_events.name, record.offset, 0)) return
    // The bytes may hold personal data.
    const raw_sealed = await this.vault.sealRaw(tenant, record.value?.toString('utf8') ?? '')
    const row: Readonly<Record<string, NativeValue>> = {
      tenant,
      source: pipeline,
      type: '',
      schema_version: 0,
      pipeline,
      stage,
      code,
      path,
      reason,
      failed_at: record.timestamp_ms,
      raw_sealed,
      run: '',
      _topic: claim.topic,
      _partition: claim.partition,
      _offset: record.offset,
      _row: 0,
    }
    for (const { name } of failed_events.columns) this.rows.column(name).append(row[name]!)
  }

  block(): Block {
    return { table: failed_events, rows: this.rows.rows, body: this.rows.finish() }
  }

  forget(): void {
    this.letters.length = 0
    this.rows.reset()
  }
}

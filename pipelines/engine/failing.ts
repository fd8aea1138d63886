import { failed_events } from '../../schemas/tables.ts'
import type { DecodedEvent, Failure } from '../decode/decode.ts'
import type { Blocks } from '../facts/blocks.ts'
import type { Row } from '../facts/rows/row.ts'
import type { AppendRecord, LogRecord } from '../log/port.ts'
import type { PartitionContext } from '../runner/stage.ts'
import type { Vault } from '../vault/port.ts'

/** What failed, for its table and for the dead letters of one batch. */
export class Failing {
  readonly letters: AppendRecord[] = []
  private readonly context: PartitionContext
  private readonly blocks: Blocks
  private readonly vault: Vault

  constructor(context: PartitionContext, blocks: Blocks, vault: Vault) {
    this.context = context
    this.blocks = blocks
    this.vault = vault
  }

  /** The same id with other content, of a type that is not observed again. */
  async conflict(item: DecodedEvent): Promise<void> {
    const { event, record } = item
    this.fail(record, {
      tenant: event.tenant,
      source: event.source,
      type: event.type,
      schema_version: event.version,
      stage: 'facts',
      rejection: {
        code: 'id_conflict',
        path: 'id',
        reason: 'another event with this id and other content was taken before',
      },
      run: event.run ?? '',
      raw_sealed: await this.vault.sealRaw(event.tenant, record.value!.toString('utf8')),
    })
  }

  fail(record: LogRecord, failure: Failure): void {
    const { claim, present } = this.context
    const { code, path, reason } = failure.rejection
    const row: Row = [
      failure.tenant,
      failure.source,
      failure.type,
      failure.schema_version,
      'facts',
      failure.stage,
      code,
      path,
      reason,
      record.timestamp_ms,
      failure.raw_sealed,
    ]
    this.blocks.addFrom(failed_events, present, record.offset, 0, row, [
      failure.run,
      claim.topic,
      claim.partition,
      record.offset,
      0,
    ])
    const { tenant, source, type, stage } = failure
    const at = { topic: claim.topic, partition: claim.partition, offset: record.offset }
    this.letters.push({
      key: Buffer.from(tenant),
      value: Buffer.from(JSON.stringify({ ...at, tenant, source, type, stage, code, path, reason })),
    })
  }
}

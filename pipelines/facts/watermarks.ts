import type { Store } from '../store/client.ts'
import type { Row } from './rows/row.ts'
import { appliedOf, versionOf } from './version.ts'

/**
 * How far each source of each tenant has been read in one partition: absolute values, written as upserts. `applied`
 * (the offset in the row's version) keeps a replay from counting twice.
 */
export class Watermarks {
  private readonly marks: Marks
  private readonly dirty = new Set<Mark>()
  private readonly pipeline: string
  private readonly topic: string
  private readonly partition: number

  constructor(pipeline: string, topic: string, partition: number, marks: Marks) {
    this.pipeline = pipeline
    this.topic = topic
    this.partition = partition
    this.marks = marks
  }

  /** Reads what this partition has written before. */
  static async load(store: Store, pipeline: string, topic: string, partition: number): Promise<Watermarks> {
    const rows = await store.query<[string, string, string, string, string]>(
      `SELECT tenant, source, occurred_ms, events, version FROM watermarks FINAL
       WHERE pipeline = {pipeline:String} AND _topic = {topic:String} AND _partition = {partition:UInt16}`,
      { pipeline, topic, partition },
      { format: 'JSONCompactEachRow' },
    )
    const marks: Marks = new Map()
    for (const [tenant, source, occurred_ms, events, version] of rows) {
      const mark = {
        tenant,
        source,
        occurred_ms: Number(occurred_ms),
        events: Number(events),
        applied: appliedOf(BigInt(version)),
      }
      sourcesOf(marks, tenant).set(source, mark)
    }
    return new Watermarks(pipeline, topic, partition, marks)
  }

  /** Counts an accepted event. */
  see(tenant: string, source: string, occurred_ms: number, offset: number): void {
    const sources = sourcesOf(this.marks, tenant)
    let mark = sources.get(source)
    if (mark === undefined) {
      mark = { tenant, source, occurred_ms, events: 0, applied: -1 }
      sources.set(source, mark)
    }
    if (offset < mark.applied) return
    mark.events++
    if (occurred_ms > mark.occurred_ms) mark.occurred_ms = occurred_ms
    this.dirty.add(mark)
  }

  rows(generation: number, hi: number): Row[] {
    return [...this.dirty].map((mark) => [
      this.pipeline,
      mark.tenant,
      mark.source,
      this.topic,
      this.partition,
      mark.occurred_ms,
      mark.events,
      versionOf(generation, hi),
    ])
  }

  committed(): void {
    this.dirty.clear()
  }
}

/** By tenant and source. */
type Marks = Map<string, Map<string, Mark>>

function sourcesOf(marks: Marks, tenant: string): Map<string, Mark> {
  let sources = marks.get(tenant)
  if (sources === undefined) {
    sources = new Map()
    marks.set(tenant, sources)
  }
  return sources
}

type Mark = {
  readonly tenant: string
  readonly source: string
  occurred_ms: number
  events: number
  readonly applied: number
}

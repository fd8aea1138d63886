import type { Readable } from 'node:stream'
import type { Store } from '../../pipelines/store/client.ts'
import type { Job, JobState } from './job.ts'

/** Jobs in the store: any process can say how one stands, and send its result. */
export type JobStore = {
  /** Writes a newer row of a job. @throws StoreError */
  put(job: Job): Promise<void>
  get(tenant: string, id: string, now_ms: number): Promise<Job | undefined>
  /** Newest first; those that have expired are gone. */
  list(tenant: string, now_ms: number): Promise<readonly Job[]>
  /** Of the jobs of a process, those that somebody has cancelled. */
  cancelled(owner: string): Promise<readonly string[]>
  putPart(job: Job, part: number, body: Buffer): Promise<void>
  /** The parts of a result, one behind the other. */
  result(job: Job, signal: AbortSignal): Promise<Readable>
}

export function jobStore(store: Store): JobStore {
  async function select(where: string, params: Record<string, unknown>): Promise<Job[]> {
    const rows = await store.query<JobRow>(`SELECT ${COLUMNS.join(', ')} FROM jobs FINAL WHERE ${where}`, params)
    return rows.map(jobOf)
  }
  return {
    async put(job) {
      await store.command(
        `INSERT INTO jobs (${COLUMNS.join(', ')}) SELECT ${COLUMNS.map((name) => `{${name}:${TYPES[name]}}`).join(', ')}`,
        rowOf(job),
      )
    },
    async get(tenant, id, now_ms) {
      const where = 'tenant = {tenant:String} AND id = {id:String} AND expires_ms > {now_ms:Int64}'
      return (await select(where, { tenant, id, now_ms }))[0]
    },
    list: (tenant, now_ms) =>
      select('tenant = {tenant:String} AND expires_ms > {now_ms:Int64} ORDER BY created_ms DESC, id LIMIT 100', {
        tenant,
        now_ms,
      }),
    async cancelled(owner) {
      const jobs = await select(`owner = {owner:String} AND state = 'cancelled'`, { owner })
      return jobs.map(({ id }) => id)
    },
    async putPart({ expires_ms, id, tenant }, part, body) {
      const numbers = Buffer.alloc(8)
      numbers.writeUInt32LE(part, 0)
      numbers.writeUInt32LE(Math.ceil(expires_ms / 1000), 4)
      await store.insertNative('INSERT INTO job_parts (tenant, id, body, part, expires_at) FORMAT RowBinary', [
        ...[tenant, id].map((text) => textBytes(Buffer.from(text))),
        textBytes(body),
        numbers,
      ])
    },
    async result({ id, tenant }, signal) {
      const sql = 'SELECT body FROM job_parts WHERE tenant = {tenant:String} AND id = {id:String} ORDER BY part'
      // RawBLOB is the bytes of the texts and nothing else. One part at a time is enough in memory.
      const settings = { max_block_size: 1, max_threads: 1 }
      const { stream } = await store.queryRaw(sql, { format: 'RawBLOB', params: { tenant, id }, settings, signal })
      return stream
    },
  }
}

const TYPES = {
  tenant: 'String',
  id: 'String',
  kind: 'String',
  question: 'String',
  format: 'String',
  state: 'String',
  owner: 'String',
  created_ms: 'Int64',
  started_ms: 'Nullable(Int64)',
  finished_ms: 'Nullable(Int64)',
  beat_ms: 'Int64',
  expires_ms: 'Int64',
  rows: 'Nullable(Int64)',
  bytes: 'Int64',
  type: 'String',
  headers: 'String',
  problem: 'String',
  version: 'UInt64',
} as const
type Name = keyof typeof TYPES
const COLUMNS = Object.keys(TYPES) as readonly Name[]

type JobRow = Readonly<Record<Name, string | null>>

function rowOf({ headers, problem, ...job }: Job): Record<Name, string | number | null> {
  return { ...job, headers: JSON.stringify(headers), problem: problem === null ? '' : JSON.stringify(problem) }
}

function jobOf(row: JobRow): Job {
  const number = (name: Name) => Number(row[name])
  const orNull = (name: Name) => (row[name] === null ? null : Number(row[name]))
  return {
    tenant: row.tenant!,
    id: row.id!,
    kind: row.kind as Job['kind'],
    question: row.question!,
    format: row.format!,
    state: row.state as JobState,
    owner: row.owner!,
    created_ms: number('created_ms'),
    started_ms: orNull('started_ms'),
    finished_ms: orNull('finished_ms'),
    beat_ms: number('beat_ms'),
    expires_ms: number('expires_ms'),
    rows: orNull('rows'),
    bytes: number('bytes'),
    type: row.type!,
    headers: JSON.parse(row.headers!) as Record<string, string>,
    problem: row.problem === '' ? null : (JSON.parse(row.problem!) as Job['problem']),
    version: number('version'),
  }
}

/** A text in RowBinary: its length as LEB128, then its bytes. */
function textBytes(text: Buffer): Buffer {
  const length: number[] = []
  let rest = text.length
  for (; rest >= 0x80; rest >>>= 7) length.push((rest & 0x7f) | 0x80)
  return Buffer.concat([Buffer.from([...length, rest]), text])
}

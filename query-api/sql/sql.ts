import type { Readable } from 'node:stream'
import type { Clock } from '../../pipelines/clock.ts'
import { type RawResult, type Settings, type Store, StoreError } from '../../pipelines/store/client.ts'
import { SQL_VIEWS } from '../../schemas/sql/views.ts'
import { recentWatermarks } from '../metrics/context.ts'
import { ApiError } from '../problem.ts'
import { readAnswer, type SqlAnswer } from './answer.ts'
import { plannedRows, sqlCosts, tooCostly } from './cost.ts'
import { refused, storeRefused } from './errors.ts'
import type { SqlFormat } from './formats.ts'
import { ATTACKS } from './gate/attacks.ts'
import { createGate } from './gate/gate.ts'
import { Refusal } from './gate/refusal.ts'
import { engineLimits, SQL_LIMITS } from './limits.ts'
import { passingAttacks } from './self-test.ts'
import { makeSlots, type Slot, type Slots } from './slots.ts'
import { standIns } from './stand-ins.ts'
import { untilEnded } from './until-ended.ts'
import { untilException } from './until-exception.ts'
import { tenantStores } from './views/tenant-stores.ts'
import type { Beside } from './views/tenant-views.ts'

export type SqlQuestion = {
  readonly tenant: string
  readonly sql: string
  readonly params: Readonly<Record<string, unknown>>
  /** As in the store's `RequestOptions`. */
  readonly params_as_sent?: boolean
  readonly format: SqlFormat
  readonly query_id: string
  readonly signal: AbortSignal
  /** How long to wait for a place among the statements that run; not at all when absent. */
  readonly patience_ms?: number
}

export type SqlReply = {
  readonly body: SqlAnswer | Readable
  readonly watermark: string | null
  /** What the store says of the answer, names in lower case; only of one that is streamed. */
  readonly headers: RawResult['headers']
}

export type Sql = {
  /** @throws ApiError */
  answer(question: SqlQuestion): Promise<SqlReply>
  /** Judges a statement that is to be asked later, whatever its parameters will be. @throws ApiError, with line and column */
  check(question: Pick<SqlQuestion, 'tenant' | 'sql' | 'signal'>): Promise<void>
  /** Tests the gate, once; every answer waits for it. @throws ApiError `sql_closed` */
  open(): Promise<void>
  close(): Promise<void>
}

export type SqlOptions = {
  /** What the gate must refuse before anybody is let in. */
  readonly attacks?: readonly string[]
  /** Places that are shared with others who ask the same store. */
  readonly slots?: Slots
  /** Views besides those of the tenant's rows. */
  readonly beside?: Beside
  /**
   * Told how many rows a statement reads, in the asynchronous context of its question: as the store counted them where
   * the answer says so, else as they were estimated.
   */
  readonly onRows?: (rows: number) => void
}

/** Places for all statements of tenants on one store. */
export function sqlSlots(): Slots {
  return makeSlots(SQL_LIMITS.running_per_tenant_max, SQL_LIMITS.running_max)
}

/**
 * SQL over a tenant's own views.
 *
 * @param connect  a client of the same store in another database
 */
export function createSql(
  store: Store,
  connect: (database: string) => Store,
  clock: Clock,
  { attacks = ATTACKS, beside, onRows = () => {}, slots = sqlSlots() }: SqlOptions = {},
): Sql {
  const gate = createGate(store, new Set([...SQL_VIEWS.map(({ name }) => name), ...(beside?.names ?? [])]))
  const watermarks = recentWatermarks(store, clock)
  const costs = sqlCosts(store, clock)
  const stores = tenantStores(store, connect, beside)
  const closing = new AbortController()
  let opening: Promise<Settings> | undefined

  async function open(): Promise<Settings> {
    const limits = await engineLimits(store)
    const passed = await passingAttacks(gate, attacks)
    if (passed.length === 0) return limits
    throw new ApiError('sql_closed', 'the gate let statements through that it must refuse', {
      cause: new Error(`the gate let through: ${passed.join(' ⏎ ')}`),
    })
  }

  /** A gate that failed stays shut; a store that was away is asked again. */
  function opened(): Promise<Settings> {
    opening ??= open().catch((error: unknown) => {
      if (error instanceof StoreError) opening = undefined
      throw error
    })
    return opening
  }

  /**
   * @param begins  called before the store has the statement
   * @returns the result, and how many rows the statement reads by what is known beforehand
   */
  async function run(
    question: SqlQuestion,
    limits: Settings,
    begins: () => void,
  ): Promise<RawResult & { rows: number }> {
    const { format, params, params_as_sent = false, query_id, signal, sql, tenant } = question
    const passed = await gate.check(sql, params, { signal, settings: limits, params_as_sent })
    const needed = Object.fromEntries([...passed.params.keys()].map((name) => [name, params[name]]))
    const own = await stores.of(tenant)
    const request = {
      format: format.engine,
      params: needed,
      params_as_sent,
      query_id,
      signal,
      settings: { ...limits, ...format.settings },
    }
    const rows_max = Number(request.settings.max_rows_to_read)
    const at_most = await costs.atMost(tenant, passed.reads)
    const planning = { params_as_sent, signal, settings: request.settings }
    const runOn = async (views: Store) => {
      const rows = at_most <= rows_max ? at_most : await plannedRows(views, passed.text, needed, planning)
      if (rows > rows_max) throw tooCostly(rows, rows_max)
      begins()
      return { ...(await views.queryRaw(passed.text, request)), rows }
    }
    try {
      return await runOn(own)
    } catch (error) {
      if (!(error instanceof StoreError && VIEWS_GONE.has(error.code) && (await stores.areGone(tenant)))) throw error
      await stores.forget(tenant)
      return runOn(await stores.of(tenant))
    }
  }

  /** A place stays taken while the engine works for it, whether or not anybody still waits. */
  function releaseAtEnd(slot: Slot, { query_id }: SqlQuestion): void {
    void untilEnded(store, query_id, closing.signal).finally(() => slot.release())
  }

  return {
    async open() {
      await opened()
    },
    async answer(question) {
      const limits = await opened()
      const slot = await slots(question.tenant, question.patience_ms, question.signal)
      let began = false
      const begins = () => {
        began = true
      }
      try {
        const watermark = oldest(await watermarks(question.tenant))
        const raw = await run(question, limits, begins)
        const rows = untilException(raw)
        if (question.format.whole) {
          const body = await readAnswer(rows, watermark, question.query_id)
          slot.release()
          onRows(body.rows_read)
          return { body, watermark, headers: {} }
        }
        onRows(raw.rows)
        rows.once('close', () => (rows.readableEnded ? slot.release() : releaseAtEnd(slot, question)))
        const through = question.format.through?.()
        return { body: through === undefined ? rows : piped(rows, through), watermark, headers: raw.headers }
      } catch (error) {
        if (began && !(error instanceof StoreError && error.code !== 0)) releaseAtEnd(slot, question)
        // It never began, or the engine itself says that it failed.
        else slot.release()
        if (error instanceof Refusal) throw refused(error, question.sql)
        throw error instanceof StoreError ? storeRefused(error, question.sql) : error
      }
    },
    async check({ signal, sql, tenant }) {
      const limits = await opened()
      const slot = await slots(tenant, 0, signal)
      try {
        const params = standIns(sql)
        const request = { signal, settings: limits, params_as_sent: true }
        const { text } = await gate.check(sql, params, request)
        await (await stores.of(tenant)).query(`EXPLAIN QUERY TREE\n${text}`, params, request)
      } catch (error) {
        if (error instanceof Refusal) throw refused(error, sql)
        if (!(error instanceof StoreError)) throw error
        // Of values that only stand in for others nothing follows.
        if (error.kind !== 'rejected' || NAMES_NOTHING.has(error.code)) throw storeRefused(error, sql)
      } finally {
        slot.release()
      }
    },
    async close() {
      closing.abort()
      await stores.close()
    },
  }
}

/** ClickHouse: the database does not exist, or the table; which may be one of ours, or a name behind IN. */
const VIEWS_GONE: ReadonlySet<number> = new Set([81, 60])

/** ClickHouse: unknown function, column or table; a column that is ambiguous, or neither grouped nor aggregated. */
const NAMES_NOTHING: ReadonlySet<number> = new Set([46, 47, 60, 207, 215])

function oldest(marks: ReadonlyMap<string, number>): string | null {
  return marks.size === 0 ? null : new Date(Math.min(...marks.values())).toISOString()
}

/** What breaks one end breaks the other: a cut answer must not look whole. Who reads late is told of it all the same. */
function piped(source: Readable, through: import('node:stream').Transform): Readable {
  through.on('error', () => undefined)
  source.once('error', (error) => through.destroy(error))
  through.once('close', () => source.destroy())
  return source.pipe(through)
}

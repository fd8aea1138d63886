import type { RandomBytes } from '../../pipelines/clock.ts'
import type { Tenant } from '../../pipelines/tenants/port.ts'
import { dimensionOf } from '../../schemas/metrics.ts'
import type { Format } from '../formats/format.ts'
import type { Produced } from '../formats/produced.ts'
import { planOf } from '../metrics/plan.ts'
import type { MetricsQuestion } from '../metrics/produce.ts'
import { questionText } from '../metrics/question-text.ts'
import type { MetricsRequest } from '../metrics/request.ts'
import { tagOf } from './etag.ts'
import { makeFlights } from './flights.ts'
import { holdAnswers } from './held-answers.ts'
import type { Reads, Versions } from './versions.ts'

export type Asked = {
  readonly tenant: Tenant
  readonly request: MetricsRequest
  readonly format: Format
  readonly signal: AbortSignal
  /** Answer by the store, whatever is held or under way: `Cache-Control: no-cache`. */
  readonly fresh: boolean
  /** Rows that the store may read for it; undefined is the default of a request. */
  readonly rows_max?: number
}

export type Answers = {
  /** With a tag where the answer is not a stream, and how it was come by: `x-omnify-cache: hit | shared | miss | off`. */
  answer(asked: Asked): Promise<Produced>
  /** Bytes that are held. */
  bytes(): number
}

/** All that is held, and of one answer: a larger one costs its reader more than its query. */
export const BYTES_MAX = 32 * 1024 * 1024
export const ANSWER_BYTES_MAX = 1024 * 1024

/**
 * Answers questions, those that are asked again from memory, and those that are asked at the same time once.
 *
 * An answer is held under its tenant, what the asker may read (here: metrics, the same for all who may), format and
 * question, for as long as nothing was committed that could change it: its version says (see versions.ts).
 *
 * @param versions undefined where nobody can say; then nothing is held nor shared
 */
export function createAnswers(
  produce: (question: MetricsQuestion) => Promise<Produced>,
  versions: Versions | undefined,
  randomBytes: RandomBytes,
): Answers {
  const held = holdAnswers<Produced>(BYTES_MAX, ANSWER_BYTES_MAX)
  const flights = makeFlights<Produced>()

  async function run(asked: Asked, signal: AbortSignal): Promise<Produced> {
    const query_id = randomBytes(12).toString('hex')
    const { format, request, rows_max, tenant } = asked
    const budget = rows_max === undefined ? {} : { rows_max }
    const produced = await produce({ tenant, request, format, query_id, signal, ...budget })
    const whole = gathered(produced)
    return whole === undefined
      ? produced
      : { ...whole, headers: { ...whole.headers, etag: tagOf(whole.body, whole.type, query_id) } }
  }

  return {
    async answer(asked) {
      const { format, fresh, request, signal, tenant } = asked
      const version = fresh ? undefined : await versions?.of(tenant.name, readsOf(request))
      if (version === undefined) return how(await run(asked, signal), 'off')
      const key = JSON.stringify([tenant.name, 'metrics:read', format.name, questionText(request, true)])
      const known = held.get(key, version)
      if (known !== undefined) return how(known, 'hit')
      // A version in the key: nobody is given rows from before what was committed when he asked.
      const { shared, value } = await flights.join(
        `${key}\0${version}\0${asked.rows_max ?? ''}`,
        signal,
        async (stop) => {
          const produced = await run(asked, stop)
          if (Buffer.isBuffer(produced.body)) held.put(key, version, produced, produced.body.length)
          return produced
        },
      )
      return how(value, shared ? 'shared' : 'miss')
    },
    bytes: () => held.bytes(),
  }
}

function how(produced: Produced, cache: string): Produced {
  return { ...produced, headers: { ...produced.headers, 'x-omnify-cache': cache } }
}

/** What comes in pieces as a whole, where it is short: so it has a tag, and several can be given it. */
function gathered(produced: Produced): (Produced & { body: Buffer }) | undefined {
  const { body, rows } = produced
  if (Buffer.isBuffer(body)) return { ...produced, body }
  if (rows === undefined || rows > GATHERED_ROWS_MAX || !(Symbol.iterator in body)) return undefined
  return { ...produced, body: Buffer.from([...body].join('')) }
}

const GATHERED_ROWS_MAX = 5_000

/** Whether an answer depends on more than windows. */
function readsOf(request: MetricsRequest): Reads {
  const { customers, new_customers, non_additive, source } = planOf(request)
  const named = [...request.dimensions, ...request.filters.map(({ field }) => field)]
  const byName = named.some((name) => dimensionOf.get(name)!.kind === 'name')
  const isFacts = source === 'facts' || customers || new_customers || non_additive.length > 0 || byName
  return isFacts ? 'facts' : 'windows'
}

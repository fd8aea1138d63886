import { ERRORS } from '../../schemas/errors.ts'
import { code, page, table } from './markdown.ts'

export function errorsPage(): string {
  return page(
    'Errors',
    'Every error has a code. HTTP answers carry it in a problem+json body (RFC 9457, `type` is `urn:omnify:error:CODE`), ' +
      'the collector per rejected event, dead letters and `failed_events` per record. "Again" says whether the same ' +
      'request may succeed later without a change.',
    'schemas/errors.ts',
    table(
      ['Code', 'HTTP', 'Meaning', 'Again'],
      Object.entries(ERRORS).map(([name, { status, meaning, retryable }]) => [
        code(name),
        String(status),
        meaning,
        retryable ? 'yes' : 'no',
      ]),
    ),
  )
}

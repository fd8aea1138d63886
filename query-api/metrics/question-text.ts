import type { MetricsRequest } from './request.ts'

/**
 * A question in one spelling: two texts that ask the same give the same. Names keep their order, which is that of the
 * answer's columns; filters have none.
 *
 * @param with_page whether questions that differ in their limit or cursor differ
 */
export function questionText(request: MetricsRequest, with_page: boolean): string {
  const { cursor, filters, limit, measures, ...rest } = request
  return JSON.stringify({
    ...rest,
    measures: measures.map(({ name }) => name),
    filters: filters
      .map(({ field, op, values }) =>
        JSON.stringify([field, op, op === 'in' ? [...new Set(values)].toSorted() : values]),
      )
      .toSorted(),
    ...(with_page ? { limit, cursor } : {}),
  })
}

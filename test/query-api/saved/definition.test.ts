import { describe, expect, it } from 'vitest'
import { fillMetrics, parseDefinition, queryName } from '../../../query-api/saved/definition.ts'
import { readParameters } from '../../../query-api/saved/parameters.ts'

const metrics = { measures: ['spend'] }
const one = (parameter: object, value: unknown = { parameter: 'p' }) => ({
  parameters: { p: parameter },
  metrics: { ...metrics, filters: [{ field: 'campaign', op: 'eq', value }] },
})

describe('a definition', () => {
  it.each([
    [{}, 'bad_request'],
    [{ metrics, sql: 'SELECT 1' }, 'bad_request'],
    [{ metrics, more: 1 }, 'bad_request'],
    [{ metrics: { ...metrics, measure: [] } }, 'bad_request'],
    [{ metrics: { measures: ['nothing'] } }, 'unknown_measure'],
    [{ metrics, parameters: { p: { type: 'text' } } }, 'bad_parameter'],
    [{ metrics: { ...metrics, from: { parameter: 'p' } } }, 'bad_parameter'],
    [{ sql: 'SELECT {p:Int8}' }, 'bad_parameter'],
    [{ sql: 'SELECT 1', parameters: { p: { type: 'text' } } }, 'bad_parameter'],
    [{ sql: 'SELECT {limit:Int8}', parameters: { limit: { type: 'integer' } } }, 'bad_request'],
    [{ metrics: { ...metrics, limit: { parameter: 'p' } }, parameters: { p: { type: 'integer' } } }, 'bad_request'],
    [one({ type: 'colour' }), 'bad_request'],
    [one({ type: 'integer', default: 'x' }), 'bad_parameter'],
    [one({ type: 'date', default: '2025-02-30' }), 'bad_parameter'],
    [one({ type: 'text', default: ['x'] }), 'bad_parameter'],
    [one({ type: 'text', list: true, default: 'x' }), 'bad_parameter'],
    [one({ type: 'text', values: ['a'], default: 'b' }), 'bad_parameter'],
    [one({ type: 'integer', values: ['a'] }), 'bad_parameter'],
    // With defaults it is asked on trial.
    [one({ type: 'text', list: true, default: ['x'] }), 'unknown_filter'],
  ])('%j is refused as %s', (body, code) => {
    expect(() => parseDefinition(body)).toThrow(expect.objectContaining({ code }))
  })

  it('is filled with values, and only values', () => {
    const definition = parseDefinition(one({ type: 'text' }))
    const hostile = '{"parameter":"q"} " OR 1'
    expect(fillMetrics(definition.metrics!, { p: hostile })).toEqual({
      ...metrics,
      filters: [{ field: 'campaign', op: 'eq', value: hostile }],
    })
  })

  it.each(['A', '-a', 'a/b', '', 'a b', 'x'.repeat(65), 'ä'])('has no name %j', (name) => {
    expect(queryName.safeParse(name).success).toBe(false)
  })
})

describe('parameters', () => {
  const declared = parseDefinition({
    sql: 'SELECT {t:String}, {i:Int64}, {n:Float64}, {b:Bool}, {d:Date}, {at:DateTime}, {l:Array(Int64)}, {o:Nullable(String)}',
    parameters: {
      ...{
        t: { type: 'text' },
        i: { type: 'integer' },
        n: { type: 'number' },
        b: { type: 'boolean' },
        d: { type: 'date' },
      },
      ...{ at: { type: 'time' }, l: { type: 'integer', list: true }, o: { type: 'text', default: null } },
    },
  }).parameters
  const good = { t: 'x,y', i: '-3', n: '1.5e3', b: 'true', d: '2025-01-01', at: '2025-01-01T00:00:00Z', l: '1,2' }

  it('are read as their types say', () => {
    expect(readParameters(declared, good)).toEqual({ ...good, i: -3, n: 1500, b: true, l: [1, 2], o: null })
    expect(readParameters(declared, { ...good, l: ['1', '2,3'] }).l).toEqual([1, 2, 3])
    expect(readParameters(declared, { ...good, l: '' }).l).toEqual([])
  })

  it.each<Record<string, unknown>>([
    { i: '1.5' },
    { i: '9999999999999999' },
    { i: ['1', '2'] },
    { n: 'Infinity' },
    { b: 'yes' },
    { d: '2025-13-01' },
    { at: 'now' },
    { l: '1,x' },
    { t: undefined },
    { t: 'x'.repeat(10_001) },
    { other: '1' },
    { constructor: '1' },
  ])('%j is refused', (wrong) => {
    expect(() => readParameters(declared, { ...good, ...wrong })).toThrow(
      expect.objectContaining({ code: 'bad_parameter' }),
    )
  })
})

import { describe, expect, it } from 'vitest'
import { assign, prepare } from '../../../../pipelines/store/embedded/prepare.ts'
import type { StoreRequest } from '../../../../pipelines/store/embedded/request.ts'

function request(over: {
  database?: string
  params?: Record<string, string>
  settings?: Record<string, string>
  read_only?: boolean
}): StoreRequest {
  return {
    sql: 'SELECT 1',
    body: null,
    query_id: null,
    database: over.database ?? null,
    default_format: 'TabSeparated',
    params: new Map(Object.entries(over.params ?? {})),
    settings: new Map(Object.entries(over.settings ?? {})),
    wait_end: false,
    compress: false,
    read_only: over.read_only ?? false,
  }
}

const key = (over: Parameters<typeof request>[0], more = {}) => prepare(request(over), 'id', more).key

describe('prepare', () => {
  it('sets database, parameters, settings and comment, escaped', () => {
    const all = request({
      database: 'a`b',
      params: { p: "it's \\N" },
      settings: { max_threads: '1', log_comment: 'theirs' },
    })
    const { assignments, first } = prepare(all, 'id theirs', { max_result_bytes: '9' })
    expect(first).toBe('USE `a\\`b`; ')
    expect(assign(assignments, null)).toBe(
      `SET param_p = 'it\\'s \\\\N', max_threads = '1', log_comment = 'id theirs', max_result_bytes = '9'; `,
    )
    expect(prepare(request({}), 'id', {}).first).toBe('')
    expect(() => prepare(request({ settings: { 'a; b': '1' } }), 'id', {})).toThrow('Not a name')
  })

  it('assigns again only what differs', () => {
    const values = (a: string, id: string) =>
      prepare(request({ params: { p: '1' }, settings: { a } }), id, {}).assignments
    expect(assign(values('1', 'two'), values('1', 'one'))).toBe("SET log_comment = 'two'; ")
    expect(assign(values('2', 'one'), values('1', 'one'))).toBe("SET a = '2'; ")
    expect(assign(values('1', 'one'), values('1', 'one'))).toBe('')
  })

  it('has one key for what is set anew each time, whatever the values and their order', () => {
    const one = key({ database: 'd', params: { p: '1' }, settings: { a: '1', b: '2' } })
    expect(key({ database: 'd', params: { p: '2' }, settings: { b: '3', a: '4' } })).toBe(one)
  })

  it('has another key for another database, parameter or setting', () => {
    const keys = [
      key({}),
      key({ database: 'd' }),
      key({ database: 'e' }),
      key({ params: { a: '1' } }),
      key({ settings: { a: '1' } }),
      key({ settings: { param_a: '1', a: '1' } }),
      key({}, { a: '1', b: '1' }),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('shares no connection on which more than its own value is changed by a setting', () => {
    expect(key({ settings: { readonly: '1' } })).toBeNull()
    expect(key({ settings: { compatibility: '24.1' } })).toBeNull()
    expect(key({ settings: { readonly: '0' } })).toBeNull()
  })

  it('shares one that only reads with its like alone', () => {
    expect(prepare(request({ read_only: true }), 'id', {}).assignments.get('readonly')).toBe("'2'")
    expect(key({ read_only: true })).not.toBeNull()
    expect(key({ read_only: true })).toBe(key({ settings: { readonly: '2' } }))
    expect(key({ read_only: true })).not.toBe(key({}))
    expect(key({ read_only: true, settings: { readonly: '1' } })).toBeNull()
  })
})

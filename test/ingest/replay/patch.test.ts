import { expect, test } from 'vitest'
import { patched } from '../../../ingest/replay/patch.ts'

const EVENT = { id: 'o1', data: { total: '1', lines: [{ quantity: 1 }] } }

test.each([
  ['data/total', '12.00', { ...EVENT, data: { ...EVENT.data, total: 12 } }],
  ['/data/status', 'paid', { ...EVENT, data: { ...EVENT.data, status: 'paid' } }],
  ['data/lines/0/quantity', '3', { ...EVENT, data: { ...EVENT.data, lines: [{ quantity: 3 }] } }],
  ['id', '"7"', { ...EVENT, id: '7' }],
  ['data', 'null', { ...EVENT, data: null }],
])('%s=%s', (path, value, wanted) => expect(patched(EVENT, [{ path, value }])).toEqual(wanted))

test('the event itself stays as it is', () => {
  patched(EVENT, [{ path: 'data/total', value: '9' }])
  expect(EVENT.data.total).toBe('1')
})

test.each(['data/absent/x', 'id/x', '', '__proto__/polluted', 'constructor/prototype/polluted'])(
  'a path that leads nowhere is refused: %s',
  (path) => expect(() => patched(EVENT, [{ path, value: '1' }])).toThrow('the event has nothing at'),
)

test('a key of a prototype is set as a key and no more', () => {
  const copy = patched(EVENT, [{ path: '__proto__', value: '{"polluted":1}' }]) as { polluted?: number }
  expect(copy.polluted).toBeUndefined()
  expect(JSON.stringify(copy)).toContain('"__proto__":{"polluted":1}')
})

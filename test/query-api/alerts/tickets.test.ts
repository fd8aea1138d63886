import { expect, it } from 'vitest'
import { systemRandomBytes } from '../../../pipelines/clock.ts'
import { makeTickets } from '../../../query-api/alerts/tickets.ts'

const key = systemRandomBytes(32)
let now = 1_000_000
const tickets = () => makeTickets(() => now, systemRandomBytes, key)

it('opens what was sealed, once, in each process that has the key', () => {
  const [here, there] = [tickets(), tickets()]
  const { expires_ms, ticket } = here.issue('Bearer secret')
  expect(expires_ms).toBe(now + 30_000)
  expect(ticket).not.toContain(Buffer.from('secret').toString('base64url').slice(0, 6))
  expect(here.redeem(ticket)).toBe('Bearer secret')
  expect(here.redeem(ticket)).toBeUndefined()
  expect(here.redeem(`${ticket}=`)).toBeUndefined()
  expect(there.redeem(ticket)).toBe('Bearer secret')
  expect(there.redeem(ticket)).toBeUndefined()
})

it('opens nothing that is over, changed, made up or of another key', () => {
  const own = tickets()
  const { ticket } = own.issue('Bearer secret')
  const changed = Buffer.from(ticket.slice(4), 'base64url')
  changed[20]! ^= 1
  const other = makeTickets(() => now, systemRandomBytes, systemRandomBytes(32)).issue('Bearer secret').ticket
  for (const wrong of [`omt_${changed.toString('base64url')}`, other, 'omt_', 'omt_abc', '', ticket.slice(1)])
    expect(own.redeem(wrong)).toBeUndefined()
  now += 30_000
  expect(own.redeem(ticket)).toBeUndefined()
})

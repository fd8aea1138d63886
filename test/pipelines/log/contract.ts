/**
 * What every adapter of the log must do. `logContract` registers the tests; each adapter's own test file calls it
 * with a way to open itself. One log is opened for all tests (a broker takes seconds to start); every test has topics
 * and groups of its own.
 */

import { afterAll, beforeAll, describe } from 'vitest'
import type { Log } from '../../../pipelines/log/port.ts'
import { appendContract } from './contract/append.ts'
import { closingContract } from './contract/closing.ts'
import { groupContract } from './contract/groups.ts'
import { pollContract } from './contract/poll.ts'
import { readContract } from './contract/read.ts'
import { rebalanceContract } from './contract/rebalance.ts'

export type LogFixture = {
  readonly log: Log
  /** Closes the log in an orderly way and opens the same data again, as a restarted process would. */
  readonly reopen?: () => Promise<Log>
  /** Closes whatever is open and removes what the fixture made. */
  close(): Promise<void>
  /** Longest time after a join or leave until every member knows its partitions. */
  readonly group_settle_ms: number
}

/** What a group of tests sees of the fixture. `log()` is a function because `reopen` replaces the log. */
export type LogUnderTest = {
  log(): Log
  reopen(): Promise<Log>
  settleMs(): number
}

const OPEN_TIMEOUT_MS = 120_000

export function logContract(name: string, open: () => Promise<LogFixture>): void {
  describe(`log contract: ${name}`, () => {
    let fixture: LogFixture | undefined
    let log: Log | undefined

    beforeAll(async () => {
      fixture = await open()
      log = fixture.log
    }, OPEN_TIMEOUT_MS)
    afterAll(async () => fixture?.close(), OPEN_TIMEOUT_MS)

    const under: LogUnderTest = {
      log: () => present(log),
      reopen: async () => {
        const { reopen } = present(fixture)
        if (reopen === undefined) throw new Error(`${name}: the fixture cannot reopen`)
        log = await reopen()
        return log
      },
      settleMs: () => present(fixture).group_settle_ms,
    }

    appendContract(under)
    readContract(under)
    groupContract(under)
    pollContract(under)
    rebalanceContract(under)
    closingContract(under)
  })
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the log under test did not open')
  return value
}

import { describe, expect, it } from 'vitest'
import { rewriteKill } from '../../../../pipelines/store/embedded/kill.ts'
import { QUERY_ID_SQL } from '../../../../pipelines/store/embedded/run.ts'

describe('rewriteKill', () => {
  it.each([
    ["KILL QUERY WHERE query_id = 'a' SYNC", `KILL QUERY WHERE (query_id = 'a' OR ID = 'a') ASYNC`, true],
    ["KILL QUERY WHERE `query_id` == 'a''b'", `KILL QUERY WHERE (query_id = 'a''b' OR ID = 'a''b')`, false],
    [
      "KILL QUERY WHERE query_id IN ('a', 'b') AND user = 'query_id' ASYNC",
      `KILL QUERY WHERE (query_id IN ('a', 'b') OR ID IN ('a', 'b')) AND user = 'query_id' ASYNC`,
      false,
    ],
    ['KILL QUERY WHERE query_id = {id:String}', 'KILL QUERY WHERE (query_id = {id:String} OR ID = {id:String})', false],
    ["KILL QUERY WHERE user = 'x' TEST", "KILL QUERY WHERE user = 'x' TEST", false],
  ])('%s', (sql, expected, sync) => {
    expect(rewriteKill(sql)).toEqual({ sql: expected.replaceAll('ID', QUERY_ID_SQL), sync })
  })
})

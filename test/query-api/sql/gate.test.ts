import { describe, expect, it } from 'vitest'
import { ATTACKS } from '../../../query-api/sql/gate/attacks.ts'
import { createGate, type Gate } from '../../../query-api/sql/gate/gate.ts'
import { Refusal } from '../../../query-api/sql/gate/refusal.ts'
import { mayBeCalled } from '../../../query-api/sql/gate/tree-wall.ts'
import { PARAMETERS } from '../../../query-api/sql/self-test.ts'
import { SQL_VIEWS } from '../../../schemas/sql/views.ts'
import { useStore } from '../../support/store.ts'
import { HONEST } from './honest.ts'

const context = useStore()
const PARAMS = { ...PARAMETERS, d: '2025-01-01', xs: ['a'] }
let made: Gate | undefined
function gate(): Gate {
  made ??= createGate(context.store, new Set(SQL_VIEWS.map(({ name }) => name)))
  return made
}

async function verdict(sql: string): Promise<string> {
  try {
    await gate().check(sql, PARAMS)
    return 'passes'
  } catch (error) {
    if (error instanceof Refusal) return 'refused'
    throw error
  }
}

describe('the gate', () => {
  it(`refuses all of ${ATTACKS.length} attacks`, async () => {
    expect(ATTACKS.length).toBeGreaterThanOrEqual(150)
    expect(new Set(ATTACKS).size).toBe(ATTACKS.length)
    const passed: string[] = []
    for (const attack of ATTACKS) if ((await verdict(attack)) === 'passes') passed.push(attack)
    expect(passed).toEqual([])
  })

  it(`lets all of ${HONEST.length} honest questions through`, async () => {
    expect(HONEST.length).toBeGreaterThanOrEqual(60)
    const refused: string[] = []
    for (const question of HONEST) {
      await gate()
        .check(question, PARAMS)
        .catch((error: Error) => refused.push(`${error.message}: ${question}`))
    }
    expect(refused).toEqual([])
  })

  it.each([
    ["SELECT toTypeName(CAST('1', {x:String}))", 'Int8', 'Dynamic'],
    ["SELECT JSONExtract('{}', 'a', {x:String})", 'Int8', 'AggregateFunction(sum, UInt64)'],
    ['SELECT arrayReduce({x:String}, [1, 2])', 'sum', 'aggThrow(1)'],
  ])('%s is refused with every value, so that none can stand for another', async (sql, first, second) => {
    for (const x of [first, second]) await expect(gate().check(sql, { x })).rejects.toThrow(/needs/)
  })

  it('lets parameters be any value of their types, and names the one that is none', async () => {
    const texts = ["it's", '"q"', "a', constant_value_type: String", '\r\n  LIST id: 0', '\\', '{x:Int8}', '\u0000']
    for (const [type, x] of [
      ['Array(String)', texts],
      ['Array(Nullable(String))', [...texts, null]],
      ['Map(String, String)', Object.fromEntries(texts.map((text) => [text, text]))],
      ['LowCardinality(String)', texts.join()],
    ] as const)
      await gate().check(`SELECT {x:${type}} AS x, order_id FROM orders`, { x })
    await expect(gate().check('SELECT {n:Int64} + 2', { n: 'many' })).rejects.toThrow('the parameter `n` is not of its')
  })

  it('knows functions by names that mean one thing each', async () => {
    const rows = await context.store.query<{ name: string; lower: string }>(
      'SELECT name, lower(name) AS lower FROM system.functions',
    )
    const spelled = Map.groupBy(rows, ({ lower }) => lower)
    // Names are compared without case: where two differ by case only, both must be allowed or none.
    const mixed = [...spelled.values()].filter((names) => new Set(names.map(({ name }) => mayBeCalled(name))).size > 1)
    expect(mixed).toEqual([])
    // Nothing is allowed that begins like something that reads or writes elsewhere.
    const reaching =
      /^(file|url|s3|remote|cluster|dict|joinGet|getS|getM|getClient|current(?!_date|_timestamp)|server|host|sleep|throw|catboost|ai[A-Z]|__|initialize|format(Row|Query)|structureTo|filesystem|show|system|executable|mysql|postgres|merge(Tree)?[A-Z])/
    const allowed = rows.map(({ name }) => name).filter((name) => mayBeCalled(name))
    expect(allowed.filter((name) => reaching.test(name))).toEqual([])
    expect(allowed.length).toBeGreaterThan(900)
  })

  it('has no column whose name it would refuse', async () => {
    for (const view of SQL_VIEWS) {
      const names = view.columns.map(({ name }) => `\`${name}\``).join(', ')
      expect([view.name, await verdict(`SELECT ${names} FROM ${view.name}`)]).toEqual([view.name, 'passes'])
    }
  })
})

import { describe, expect, it } from 'vitest'
import { createConnections } from '../../../../pipelines/store/embedded/connections.ts'
import type { Connection, Engine } from '../../../../pipelines/store/embedded/engine.ts'

/** Counts what is opened and closed; runs nothing. */
function countingEngine() {
  const open = new Set<number>()
  let made = 0
  const engine: Engine = {
    connect() {
      const id = ++made
      open.add(id)
      const refuse = () => Promise.reject(new Error('this engine runs nothing'))
      const connection: Connection = {
        query: refuse,
        insert: refuse,
        close() {
          if (!open.delete(id)) throw new Error(`connection ${id} was closed twice`)
        },
      }
      return connection
    },
    close: () => undefined,
  }
  return { engine, open, made: () => made }
}

const ONE = new Map([['a', '1']])
const TWO = new Map([['a', '2']])

describe('createConnections', () => {
  it('gives a connection to the next request with the same key, and to no two at once', () => {
    const { engine, made } = countingEngine()
    const connections = createConnections(engine, 4)
    const first = connections.take('a')
    expect(first.values).toBeNull()
    const second = connections.take('a')
    expect(second.connection).not.toBe(first.connection)
    connections.giveBack(first, ONE)
    connections.giveBack(second, TWO)
    expect(connections.take('b').values).toBeNull()
    const again = connections.take('a')
    expect(again).toMatchObject({ connection: second.connection, values: TWO })
    expect(connections.take('a')).toMatchObject({ connection: first.connection, values: ONE })
    expect(connections.take('a').values).toBeNull()
    expect(made()).toBe(4)
  })

  it('shares none without a key', () => {
    const { engine, open } = countingEngine()
    const connections = createConnections(engine, 4)
    connections.giveBack(connections.take(null), ONE)
    expect(open.size).toBe(0)
    expect(connections.take(null).values).toBeNull()
  })

  it('closes the one that was unused for longest beyond its bound, and all at the end', () => {
    const { engine, open } = countingEngine()
    const connections = createConnections(engine, 2)
    const leases = ['a', 'b', 'c'].map((key) => connections.take(key))
    for (const lease of leases) connections.giveBack(lease, ONE)
    expect([...open]).toEqual([2, 3])
    expect(connections.take('a').values).toBeNull()
    expect(connections.take('b').values).toBe(ONE)
    connections.close()
    expect([...open]).toEqual([2, 4])
  })
})

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

describe('createConnections', () => {
  it('gives a connection to the next request with the same key, and to no two at once', () => {
    const { engine, made } = countingEngine()
    const connections = createConnections(engine, 4)
    const first = connections.take('a')
    expect(first.fresh).toBe(true)
    const second = connections.take('a')
    expect(second.connection).not.toBe(first.connection)
    connections.giveBack(first)
    connections.giveBack(second)
    expect(connections.take('b').fresh).toBe(true)
    const again = connections.take('a')
    expect(again).toMatchObject({ connection: second.connection, fresh: false })
    expect(connections.take('a')).toMatchObject({ connection: first.connection, fresh: false })
    expect(connections.take('a').fresh).toBe(true)
    expect(made()).toBe(4)
  })

  it('shares none without a key', () => {
    const { engine, open } = countingEngine()
    const connections = createConnections(engine, 4)
    connections.giveBack(connections.take(null))
    expect(open.size).toBe(0)
    expect(connections.take(null).fresh).toBe(true)
  })

  it('closes the one that was unused for longest beyond its bound, and all at the end', () => {
    const { engine, open } = countingEngine()
    const connections = createConnections(engine, 2)
    const leases = ['a', 'b', 'c'].map((key) => connections.take(key))
    for (const lease of leases) connections.giveBack(lease)
    expect([...open]).toEqual([2, 3])
    expect(connections.take('a').fresh).toBe(true)
    expect(connections.take('b').fresh).toBe(false)
    connections.close()
    expect([...open]).toEqual([2, 4])
  })
})

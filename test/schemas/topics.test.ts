import { expect, test } from 'vitest'
import { PARTITIONS_MAX } from '../../pipelines/log/embedded/shared.ts'
import { TOPICS } from '../../schemas/topics.ts'

const topics = Object.values(TOPICS)

test('names are ours, and ones that Kafka takes', () => {
  expect(new Set(topics.map(({ name }) => name)).size).toBe(topics.length)
  for (const { name } of topics) expect(name).toMatch(/^omnify\.[a-z][a-z_]{0,100}$/)
})

test('partitions fit into the embedded log, and ends are kept', () => {
  const sum = topics.reduce((n, { partitions }) => n + partitions, 0)
  expect(sum).toBeLessThanOrEqual(PARTITIONS_MAX)
  for (const { partitions, retention_bytes, retention_ms } of topics) {
    expect(Number.isInteger(partitions) && partitions >= 1).toBe(true)
    expect(retention_ms).toBeGreaterThanOrEqual(86_400_000)
    expect(Number.isSafeInteger(retention_bytes)).toBe(true)
  }
})

test('events are kept as long as the interface promises: 7 days or 20 GB', () => {
  expect(TOPICS.events).toMatchObject({ retention_ms: 7 * 86_400_000, retention_bytes: 20e9 })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PROJECT } from './support/projects.ts'

type Package = {
  version?: string
  resolved?: string
  optional?: boolean
  optionalDependencies?: Record<string, string>
}

const lock: { packages: Record<string, Package> } = JSON.parse(readFileSync(join(PROJECT, 'package-lock.json'), 'utf8'))

test('has an entry for every optional package of every platform, without which npm ci refuses to install', () => {
  const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in lock.packages) && !(`${path}/node_modules/${name}` in lock.packages),
    ),
  )
  expect(missing).toEqual([])
})

test('names no place to fetch from', () => {
  const placed = Object.entries(lock.packages).filter(([, { resolved }]) => resolved !== undefined)
  expect(placed).toEqual([])
})

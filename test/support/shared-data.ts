import { existsSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The third-party data that some tests measure against, read in place. Undefined where it is absent, which is said in
 * one loud line; with CI=true it is an error, so that CI cannot pass without having looked.
 */
export function sharedData(what: string): string | undefined {
  const folder = process.env.OMNIFY_DATA ?? join(import.meta.dirname, '../../../shared/data')
  if (existsSync(folder)) return folder
  const message = `NOT RUN: ${what}. There is no data at ${folder}; set OMNIFY_DATA to where it lies.`
  if (process.env.CI === 'true') throw new Error(message)
  console.warn(`\n${'!'.repeat(100)}\n${message}\n${'!'.repeat(100)}\n`)
  return undefined
}

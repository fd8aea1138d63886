/**
 * vitest's global set-up: embedded stores that test files borrow one after another, each file one to itself. Starting a
 * store and migrating an empty one takes more processor time than most of those files need for their tests.
 */

import type { TestProject } from 'vitest/node'
import { answerJson } from './answer-json.ts'
import { makeStorePool, type StoreLoan } from './store-pool.ts'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const pool = makeStorePool()
  const server = await answerJson(async (asked) => {
    const wish = asked as StoreWish
    return wish.want === 'borrow' ? pool.borrow() : pool.giveBack(wish.loan, wish.sound)
  })
  project.provide('storePool', server.url)
  return async () => {
    server.close()
    await pool.close()
  }
}

export type StoreWish =
  | { readonly want: 'borrow' }
  | { readonly want: 'give_back'; readonly loan: StoreLoan; readonly sound: boolean }

declare module 'vitest' {
  interface ProvidedContext {
    /** Asked for a store and told when it is not needed any more; takes a StoreWish, answers with a LentStore. */
    readonly storePool: string
  }
}

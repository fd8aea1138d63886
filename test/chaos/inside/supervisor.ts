/**
 * Stands in for `pipelines/store/embedded/supervisor.ts`: the same store, which everybody reaches through the fault
 * proxy. Health checks of the supervisor itself go past it.
 */

import {
  type EmbeddedStore,
  type EmbeddedStoreOptions,
  startEmbeddedStore as start,
} from '../../../pipelines/store/embedded/supervisor.ts'
import { writeStoreNote } from './control.ts'
import { controlDir, told } from './told.ts'

export async function startEmbeddedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const store = await start(options)
  writeStoreNote(controlDir(), { url: store.url, user: store.user, password: store.password })
  return { ...store, url: `http://127.0.0.1:${told().store_proxy}` }
}

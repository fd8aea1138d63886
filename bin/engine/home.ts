import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config, World } from '../config.ts'

/** Makes OMNIFY_HOME, readable by its owner only. */
export async function prepareHome(home: string): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 })
}

/** Whether nothing was ever kept in this home. */
export async function isNewHome(home: string): Promise<boolean> {
  const entries = await readdir(home).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return entries.length === 0
}

/**
 * The world of this home: what was asked for, or else what the home was begun with. Without this note a first start
 * that is killed while it loads its history would leave a home that is no longer new, and half a world.
 */
export async function worldOf(config: Config): Promise<World> {
  const file = join(config.home, 'world.json')
  if (!config.worldAsked) {
    const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (kept !== undefined) return (JSON.parse(kept) as { world: World }).world
  }
  await writeFile(`${file}.new`, JSON.stringify({ world: config.world }))
  await rename(`${file}.new`, file)
  return config.world
}

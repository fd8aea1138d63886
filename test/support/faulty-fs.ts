import { type LogFile, type LogFs, nodeFs } from '../../pipelines/log/embedded/fs.ts'

/** A disk that can be told to fail. `writable_bytes` is what fits until it is full. */
export type Faults = {
  writable_bytes: number
  datasync: NodeJS.ErrnoException | null
  create: NodeJS.ErrnoException | null
  truncate: NodeJS.ErrnoException | null
  free_ratio: number
  synced: number
}

/** @param faults  what fails, looked at with every call; nothing does when absent */
export function faultyFs(faults: Faults = noFaults()): { fs: LogFs; faults: Faults } {
  const file = (real: LogFile): LogFile => ({
    ...real,
    write: async (buffers, position) => {
      const all = Buffer.concat(buffers)
      const fits = all.subarray(0, Math.min(all.length, faults.writable_bytes))
      faults.writable_bytes -= fits.length
      if (fits.length > 0) await real.write([fits], position)
      if (fits.length < all.length) throw diskError('ENOSPC')
    },
    datasync: async () => {
      if (faults.datasync !== null) throw faults.datasync
      faults.synced += 1
      await real.datasync()
    },
    truncate: async (bytes) => {
      if (faults.truncate !== null) throw faults.truncate
      await real.truncate(bytes)
    },
  })
  const fs: LogFs = {
    ...nodeFs,
    open: async (path, how) => {
      if (how === 'create' && faults.create !== null) throw faults.create
      return file(await nodeFs.open(path, how))
    },
    freeRatio: async () => faults.free_ratio,
  }
  return { fs, faults }
}

function noFaults(): Faults {
  return {
    writable_bytes: Number.POSITIVE_INFINITY,
    datasync: null,
    create: null,
    truncate: null,
    free_ratio: 0.5,
    synced: 0,
  }
}

export function diskError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: injected`), { code })
}

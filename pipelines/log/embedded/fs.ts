import {
  close,
  constants,
  fdatasync,
  fstat,
  fsync,
  ftruncate,
  mkdir,
  open,
  read,
  readdir,
  statfs,
  unlink,
  writev,
} from 'node:fs'

/**
 * Every call of the embedded log to the file system, so that a test can stand in for a disk that is full or broken.
 * Errors are Node's own, with `code`.
 */
export type LogFs = {
  /** 'create' fails when the file exists. */
  open(path: string, how: 'read' | 'write' | 'create'): Promise<LogFile>
  readdir(path: string): Promise<string[]>
  mkdir(path: string): Promise<void>
  unlink(path: string): Promise<void>
  /** Makes names that were created in the folder durable. */
  syncDir(path: string): Promise<void>
  /** Share of the disk that this user may still fill, 0 to 1. */
  freeRatio(path: string): Promise<number>
}

export type LogFile = {
  /** Bytes read: fewer than asked only at the end of the file. */
  read(buffer: Buffer, at: number, bytes: number, position: number): Promise<number>
  /** Writes all of it or throws; then any part of it may lie in the file. */
  write(buffers: readonly Buffer[], position: number): Promise<void>
  datasync(): Promise<void>
  truncate(bytes: number): Promise<void>
  size(): Promise<number>
  close(): Promise<void>
}

/** Callbacks wrapped by hand: a FileHandle costs twice as much a call, and this is the hot path. */
export const nodeFs: LogFs = {
  open: async (path, how) => nodeFile(await call<number>((done) => open(path, FLAGS[how], 0o600, done))),
  readdir: (path) => call((done) => readdir(path, done)),
  mkdir: (path) => call((done) => mkdir(path, { recursive: true, mode: 0o700 }, (error) => done(error))),
  unlink: (path) => call((done) => unlink(path, done)),
  syncDir: async (path) => {
    const fd = await call<number>((done) => open(path, 'r', done))
    try {
      await call<void>((done) => fsync(fd, done))
    } finally {
      await call<void>((done) => close(fd, done))
    }
  },
  freeRatio: async (path) => {
    const { bavail, blocks } = await call<{ bavail: number; blocks: number }>((done) => statfs(path, done))
    return blocks === 0 ? 1 : bavail / blocks
  },
}

const FLAGS = {
  read: constants.O_RDONLY,
  write: constants.O_RDWR,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
} as const

function nodeFile(fd: number): LogFile {
  return {
    read: async (buffer, at, bytes, position) => {
      let done = 0
      while (done < bytes) {
        const got = await call<number>((back) => read(fd, buffer, at + done, bytes - done, position + done, back))
        if (got === 0) break
        done += got
      }
      return done
    },
    write: async (buffers, position) => {
      let rest = [...buffers]
      let at = position
      while (rest.length > 0) {
        const written = await call<number>((back) => writev(fd, rest, at, back))
        at += written
        rest = unwritten(rest, written)
      }
    },
    datasync: () => call((back) => fdatasync(fd, back)),
    truncate: (bytes) => call((back) => ftruncate(fd, bytes, back)),
    size: async () => (await call<{ size: number }>((back) => fstat(fd, back))).size,
    close: () => call((back) => close(fd, back)),
  }
}

/** What a short write left over. The kernel tells the reason only when asked to write the rest. */
function unwritten(buffers: readonly Buffer[], written: number): Buffer[] {
  let skip = written
  const rest: Buffer[] = []
  for (const buffer of buffers) {
    if (skip >= buffer.length) skip -= buffer.length
    else {
      rest.push(buffer.subarray(skip))
      skip = 0
    }
  }
  return rest
}

type Done<T> = (error: NodeJS.ErrnoException | null, value?: T) => void

function call<T>(start: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error ? reject(error) : resolve(value as T)))
  })
}

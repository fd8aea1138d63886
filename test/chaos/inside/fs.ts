/** Stands in for `pipelines/log/embedded/fs.ts`: the same disk, which is full or fails while the harness says so. */

import { diskError, faultyFs } from '../../support/faulty-fs.ts'
import { told } from './told.ts'

export const { fs: nodeFs } = faultyFs({
  get writable_bytes() {
    return told().disk === 'full' ? BYTES_LEFT : Number.POSITIVE_INFINITY
  },
  // A full disk stays full, however little is written.
  set writable_bytes(_left) {},
  get datasync() {
    return told().disk === 'failing' ? diskError('EIO') : null
  },
  get create() {
    return told().disk === 'full' ? diskError('ENOSPC') : null
  },
  truncate: null,
  free_ratio: 0.5,
  synced: 0,
})

/** Of each write: it ends in the middle of a frame. */
const BYTES_LEFT = 100

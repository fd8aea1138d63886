import { lookup, Resolver } from 'node:dns/promises'

/**
 * All addresses of a name.
 *
 * @param own  a name that the operator has allowed: it may stand in the hosts file of this machine
 */
export type Resolve = (name: string, own: boolean) => Promise<readonly string[]>

/**
 * Asks the name servers directly. `dns.lookup` blocks one of the few threads that the log's fsync needs too, for as long
 * as a name server likes; only names that the operator has allowed go that way.
 */
export function systemResolve(): Resolve {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES })
  return async (name, own) => {
    if (own) return (await lookup(name, { all: true })).map(({ address }) => address)
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
    const found = [v4, v6].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    // A name may well have addresses of one family only.
    if (found.length === 0 && v4.status === 'rejected') throw v4.reason
    return found
  }
}

const TIMEOUT_MS = 2_000
const TRIES = 2

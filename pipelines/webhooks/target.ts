import { isIP } from 'node:net'
import { refusalOfAddress } from './address.ts'
import type { Resolve } from './resolve.ts'

/** Where a webhook goes, taken apart once: nothing is ever read twice from a text that two parsers may read differently. */
export type Target = {
  readonly url: URL
  /** A name, or an address without brackets. */
  readonly hostname: string
  readonly port: number
  /** The operator has named it in OMNIFY_WEBHOOK_ALLOW: the address rule and the need for https are waived. */
  readonly exempt: boolean
}

export type TargetProblem = { readonly refused: string }

/**
 * Reads a webhook's address. The URL standard writes every spelling of an IPv4 address (octal, hexadecimal, one number)
 * in dotted decimal, so that what is judged is what is connected to.
 *
 * @param allow  `host:port` as the operator wrote them
 */
export function readTarget(text: string, allow: readonly string[]): Target | TargetProblem {
  if (text.length > URL_LENGTH_MAX) return { refused: `is longer than ${URL_LENGTH_MAX} characters` }
  if (!URL.canParse(text)) return { refused: 'is no URL' }
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return { refused: 'must begin with https://' }
  if (url.username !== '' || url.password !== '') return { refused: 'holds a user or password' }
  if (url.hash !== '') return { refused: 'holds a fragment' }
  const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
  const exempt = allow.some((entry) => isSame(entry, url.hostname, port))
  const target: Target = { url, hostname, port, exempt }
  if (exempt) return target
  if (url.protocol !== 'https:') return { refused: 'must begin with https://' }
  const refused = isIP(hostname) === 0 ? undefined : refusalOfAddress(hostname)
  return refused === undefined ? target : { refused: `has an address that ${refused}` }
}

/**
 * The addresses to connect to: whoever connects uses one of these and asks no resolver again, so that a name which
 * answers differently the second time (DNS rebinding) gains nothing.
 *
 * @throws Error of the resolver
 */
export async function addressesOf(target: Target, resolve: Resolve): Promise<readonly string[] | TargetProblem> {
  if (isIP(target.hostname) !== 0) return [target.hostname]
  const found = await resolve(target.hostname, target.exempt)
  if (found.length === 0) return { refused: 'has a host without an address' }
  if (target.exempt) return found
  for (const address of found) {
    const refused = refusalOfAddress(address)
    // One is enough: an honest name has no private address among its public ones.
    if (refused !== undefined) return { refused: `has a host with the address ${address}, which ${refused}` }
  }
  return found
}

function isSame(entry: string, hostname: string, port: number): boolean {
  const at = entry.lastIndexOf(':')
  if (Number(entry.slice(at + 1)) !== port) return false
  // The same spelling rules for both sides.
  const named = `http://${entry.slice(0, at)}/`
  return URL.canParse(named) && new URL(named).hostname === hostname
}

const URL_LENGTH_MAX = 2048

import { BlockList, isIPv4, isIPv6 } from 'node:net'

/**
 * Why nobody's webhook may go to an address: it is this machine, its network, the metadata service of its cloud, or no
 * address of one machine at all.
 *
 * After the IANA registries of special-purpose addresses (RFC 6890 and what followed). For IPv6 the rule is the other
 * way round: only what is allocated as global unicast (2000::/3) may be, and an IPv4 address inside of an IPv6 one is
 * judged as that IPv4 address, for that is where the packets go.
 *
 * @param address  as a resolver gives it: dotted decimal or RFC 4291 text
 * @returns nothing for a public address
 */
export function refusalOfAddress(address: string): string | undefined {
  if (isIPv4(address)) return refusalOfIPv4(address)
  // A zone (`fe80::1%eth0`) makes an address one of this machine's links.
  if (!isIPv6(address) || address.includes('%')) return 'is no address of the internet'
  const words = wordsOf(address)
  const inner = embeddedIPv4(words)
  if (inner !== undefined) return refusalOfIPv4(inner)
  if ((words[0]! & 0xe000) !== 0x2000) return 'is no global unicast address'
  return REFUSED_IPV6.check(address, 'ipv6') ? 'is reserved' : undefined
}

function refusalOfIPv4(address: string): string | undefined {
  return REFUSED_IPV4.check(address, 'ipv4') ? 'is private, loopback, link-local, metadata or reserved' : undefined
}

/** IPv4-mapped (::ffff:0:0/96) and NAT64's well-known prefix (64:ff9b::/96, RFC 6052) lead to the IPv4 address in them. */
function embeddedIPv4(words: readonly number[]): string | undefined {
  const [a, b, c, d, e, f, high, low] = words
  const zeros = [c, d, e].every((word) => word === 0)
  const mapped = zeros && a === 0 && b === 0 && f === 0xffff
  const translated = zeros && a === 0x64 && b === 0xff9b && f === 0
  if (!mapped && !translated) return undefined
  return [high! >> 8, high! & 255, low! >> 8, low! & 255].join('.')
}

/** The eight words of an IPv6 address that `isIPv6` has accepted. */
function wordsOf(address: string): number[] {
  const [left = '', right] = address.split('::')
  const head = words(left)
  if (right === undefined) return head
  const tail = words(right)
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}

function words(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((part) => {
    if (!part.includes('.')) return [Number.parseInt(part, 16)]
    const [a, b, c, d] = part.split('.').map(Number)
    return [(a! << 8) | b!, (c! << 8) | d!]
  })
}

function listOf(family: 'ipv4' | 'ipv6', subnets: readonly string[]): BlockList {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [net, prefix] = subnet.split('/')
    list.addSubnet(net!, Number(prefix), family)
  }
  return list
}

const REFUSED_IPV4 = listOf('ipv4', [
  '0.0.0.0/8', // this network; 0.0.0.0 connects to the machine itself
  '10.0.0.0/8',
  '100.64.0.0/10', // carrier-grade NAT; 100.100.100.200 is a metadata service
  '127.0.0.0/8',
  '168.63.129.16/32', // a cloud's own service on a public address
  '169.254.0.0/16', // link-local; 169.254.169.254 is the metadata service of most clouds
  '172.16.0.0/12',
  '192.0.0.0/24', // IETF protocol assignments; 192.0.0.192 is a metadata service
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // 6to4 relays, given up
  '192.168.0.0/16',
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved; 255.255.255.255 is everybody
])

const REFUSED_IPV6 = listOf('ipv6', [
  '2001::/23', // IETF protocol assignments, with Teredo and ORCHID
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4: leads to the IPv4 address within
  '3fff::/20', // documentation
])

import { describe, expect, it } from 'vitest'
import { refusalOfAddress } from '../../../pipelines/webhooks/address.ts'
import { addressesOf, readTarget, type Target } from '../../../pipelines/webhooks/target.ts'

const PUBLIC = ['1.1.1.1', '8.8.8.8', '172.32.0.1', '100.128.0.1', '192.0.1.1', '2606:4700:4700::1111', '2001:4860::1']
const REFUSED = [
  ...['0.0.0.0', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.100.100.200', '127.0.0.1', '127.255.255.254'],
  ...['168.63.129.16', '169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.192', '192.0.2.1', '192.168.1.1'],
  ...['198.18.0.1', '198.51.100.7', '203.0.113.7', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
  ...['::', '::1', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd00:ec2::254', 'ff02::1', 'fec0::1', '100::1', '4000::1'],
  // An IPv4 address within: mapped, compatible, NAT64, 6to4, Teredo, local NAT64.
  ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:169.254.169.254', '::127.0.0.1', '64:ff9b::7f00:1'],
  ...['64:ff9b::10.0.0.1', '64:ff9b:1::808:808', '2002:7f00:1::', '2001:0:7f00:1::', '2001:db8::1', '3fff::1'],
  ...['::ffff:0:127.0.0.1', 'localhost', '', '1.2.3', '0x7f.1'],
]

describe('the address rule', () => {
  it.each(PUBLIC)('lets %s be', (address) => expect(refusalOfAddress(address)).toBeUndefined())
  it.each(REFUSED)('refuses %s', (address) => expect(refusalOfAddress(address)).toBeTypeOf('string'))
  it.each(['::ffff:8.8.8.8', '64:ff9b::808:808'])('judges %s by the IPv4 address in it', (address) => {
    expect(refusalOfAddress(address)).toBeUndefined()
  })
})

describe('a webhook’s URL', () => {
  it.each([
    ...['https://127.0.0.1/', 'https://0177.0.0.1/', 'https://2130706433/', 'https://0x7f000001/', 'https://127.1/'],
    ...['https://[::1]/', 'https://[::ffff:127.0.0.1]/', 'https://[::ffff:7f00:1]/', 'https://０１７７.0.0.1/'],
    ...[
      'https://169.254.169.254/latest/meta-data',
      'https://0/',
      'https://[64:ff9b::a9fe:a9fe]/',
      'https://[fe80::1]/',
    ],
    ...['http://example.com/', 'ftp://example.com/', 'https://user:secret@example.com/', 'https://example.com/#x', 'x'],
  ])('%s is refused', (text) => expect(readTarget(text, [])).toHaveProperty('refused'))

  it('is refused when it is too long', () => {
    expect(readTarget(`https://example.com/${'a'.repeat(2048)}`, [])).toHaveProperty('refused')
  })

  it('may go where the operator says, by host and port, in any spelling', () => {
    const allow = ['127.0.0.1:9000', '[::1]:9000', 'Receiver.local:443']
    for (const text of [
      'http://127.0.0.1:9000/x',
      'http://0x7f.1:9000/x',
      'http://[::1]:9000/',
      'https://receiver.local',
    ])
      expect(readTarget(text, allow)).toMatchObject({ exempt: true })
    for (const text of ['http://127.0.0.1:9001/', 'https://127.0.0.2:9000/', 'http://receiver.local/'])
      expect(readTarget(text, allow)).toHaveProperty('refused')
  })

  it('is refused when one address of its name is', async () => {
    const target = readTarget('https://example.com/', []) as Target
    const answers = (...found: string[]) => addressesOf(target, async () => found)
    expect(await answers('93.184.215.14', '2606:2800::1')).toEqual(['93.184.215.14', '2606:2800::1'])
    expect(await answers('93.184.215.14', '10.0.0.7')).toMatchObject({ refused: expect.stringContaining('10.0.0.7') })
    expect(await answers()).toHaveProperty('refused')
  })
})

import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { ProviderFailure } from './failure'

export type ResolvedAddress = { address: string; family: 4 | 6 }

/** Decides which addresses a user's setting may lead to. */
export type AddressGuard = {
  /** Resolves the name once and checks every address. Throws `address_refused` or `unreachable`. */
  resolve(hostname: string): Promise<ResolvedAddress[]>
  /** True for an address that is closed by default and was opened by the operator. */
  isOpened(address: string): boolean
}

// IANA special-purpose registries; loopback, private, link-local with the clouds' metadata, and multicast among them.
const closed4 =
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 168.63.129.16/32'
const closed6 = '::/128 ::1/128 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 fc00::/7 fe80::/10 fec0::/10 ff00::/8'

/**
 * @param allowed addresses and ranges in CIDR form that the operator opens (`127.0.0.1`, `10.20.0.0/16`)
 * @param resolveName replaced in tests alone
 */
export function createAddressGuard(
  allowed: readonly string[],
  resolveName: (hostname: string) => Promise<{ address: string; family: number }[]> = (hostname) =>
    lookup(hostname, { all: true, verbatim: true }),
): AddressGuard {
  const closed = listOf([...closed4.split(' '), ...closed6.split(' ')])
  const opened = listOf(allowed)
  const has = (list: BlockList, address: string) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  const isClosed = (address: string) => has(closed, plain(address)) || has(closed, address)
  const isOpened = (address: string) => has(opened, plain(address)) || has(opened, address)

  return {
    isOpened,
    async resolve(hostname) {
      const bare = hostname.replace(/^\[|\]$/g, '')
      const found =
        isIP(bare) !== 0
          ? [{ address: bare, family: isIP(bare) }]
          : await resolveName(bare).catch(() => {
              throw new ProviderFailure('unreachable', `The name ${bare} cannot be resolved.`, { retryable: true })
            })
      if (found.length === 0)
        throw new ProviderFailure('unreachable', `The name ${bare} has no address.`, { retryable: true })
      for (const { address } of found) {
        if (isClosed(address) && !isOpened(address))
          throw new ProviderFailure(
            'address_refused',
            `${bare} leads to ${address}, an address of a private network. An operator can open it with INFRAZEN_ALLOW_PRIVATE_ADDRESSES.`,
          )
      }
      return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }))
    },
  }
}

/** An IPv4 address that travels inside an IPv6 one (mapped, NAT64, 6to4) is judged as itself. */
function plain(address: string): string {
  if (isIP(address) !== 6) return address
  const words = expand(address)
  const four = (high: number, low: number) => `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
  const zeros = words.slice(0, 5).every((word) => word === 0)
  if (zeros && (words[5] === 0xffff || (words[5] === 0 && (words[6] !== 0 || words[7]! > 1))))
    return four(words[6]!, words[7]!)
  if (words[0] === 0x64 && words[1] === 0xff9b && words.slice(2, 6).every((word) => word === 0))
    return four(words[6]!, words[7]!)
  if (words[0] === 0x2002) return four(words[1]!, words[2]!)
  return address
}

function expand(address: string): number[] {
  const bare = address.split('%', 1)[0]!
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(bare)
  const text = dotted
    ? `${dotted[1]}${((Number(dotted[2]) << 8) | Number(dotted[3])).toString(16)}:${((Number(dotted[4]) << 8) | Number(dotted[5])).toString(16)}`
    : bare
  const [head = '', tail] = text.split('::')
  const words = (part: string) => (part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16)))
  const front = words(head)
  const back = tail === undefined ? [] : words(tail)
  return [...front, ...Array<number>(8 - front.length - back.length).fill(0), ...back]
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.trim().split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (isIP(address) === 0) throw new RangeError(`${range} is neither an address nor a range such as 10.20.0.0/16`)
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}

import { createAddressGuard } from '../address-guard'
import type { Connector, Context } from '../connector'
import { createHttp } from '../http'
import { type Clock, RateLimiter } from '../rate-limit'
import { guardedTransport } from '../transport'

/** A clock whose sleeps take no time and are remembered. */
export function quickClock(start = Date.now()): Clock & { readonly slept: number[] } {
  let now = start
  const slept: number[] = []
  return {
    slept,
    now: () => now,
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      slept.push(ms)
      now += ms
    },
  }
}

/** What a connector is given, with everything real but the clock: the stand-in on this machine is asked over HTTP. */
export function testContext(
  connector: Connector,
  credentials: Record<string, string>,
  options: {
    secrets?: readonly string[]
    now?: Date
    clock?: Clock
    mostBytes?: number
    folders?: readonly string[]
  } = {},
): Context {
  const clock = options.clock ?? quickClock()
  const secretFields = connector.manifest.credentials
    .filter((field) => field.kind === 'secret')
    .map((field) => field.id)
  return {
    http: createHttp({
      transport: guardedTransport(createAddressGuard(['127.0.0.1'])),
      limiter: new RateLimiter(clock),
      account: 'test',
      rateLimit: connector.manifest.rateLimit,
      secrets: options.secrets ?? secretFields.flatMap((id) => credentials[id] ?? []),
      userAgent: 'InfraZen/test',
      clock,
      timeoutMs: 5_000,
      mostBytes: options.mostBytes ?? 4 * 2 ** 20,
    }),
    credentials,
    account: null,
    folders: options.folders ?? [],
    now: () => options.now ?? new Date(clock.now()),
  }
}

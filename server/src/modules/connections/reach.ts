import {
  type Connector,
  type Context,
  createAddressGuard,
  createHttp,
  guardedTransport,
  RateLimiter,
} from '@infrazen/connector-kit'
import { version } from '../../version'

/** The way out: one guard and one set of limits for every connection of this server. */
export type Reach = {
  contextOf(options: {
    connector: Connector
    values: Record<string, string>
    secrets: readonly string[]
    /** Whom the limits are counted for: the connection, or the caller of a test. */
    account: string
    known: { id: string; name: string } | null
    signal: AbortSignal
    attempts: number
    /** How long a provider may let a caller wait before that is told. */
    longestWaitMs: number
  }): Context
}

/** @param allowedAddresses what INFRAZEN_ALLOW_PRIVATE_ADDRESSES opens, @param folders INFRAZEN_FILES_FOLDERS. Throws RangeError on what is no address or range. */
export function createReach(allowedAddresses: readonly string[], folders: readonly string[] = []): Reach {
  const transport = guardedTransport(createAddressGuard(allowedAddresses))
  const limiter = new RateLimiter()
  return {
    contextOf: ({ connector, values, secrets, account, known, signal, attempts, longestWaitMs }) => ({
      http: createHttp({
        transport,
        limiter,
        account: `${connector.manifest.id}:${account}`,
        rateLimit: connector.manifest.rateLimit,
        secrets,
        userAgent: `InfraZen/${version}`,
        signal,
        attempts,
        longestWaitMs,
      }),
      credentials: values,
      account: known,
      folders,
      now: () => new Date(),
    }),
  }
}

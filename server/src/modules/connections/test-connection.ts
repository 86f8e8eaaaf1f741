import type { Connector } from '@infrazen/connector-kit'
import { ProviderFailure } from '@infrazen/connector-kit'
import type { Scope } from '../../primitives/scope'
import type { TestAnswer } from './contract'
import type { Reach } from './reach'

const patienceMs = 45_000

/** Tries every right of the manifest with these credentials. A provider that cannot be reached leaves all of them unknown. */
export async function testCredentials(
  reach: Reach,
  scope: Scope,
  connector: Connector,
  values: { secrets: Record<string, string>; options: Record<string, string> },
): Promise<TestAnswer> {
  const context = reach.contextOf({
    connector,
    values: { ...values.options, ...values.secrets },
    secrets: Object.values(values.secrets),
    account: `test:${scope.organizationId}`,
    known: null,
    signal: AbortSignal.timeout(patienceMs),
    attempts: 2,
    longestWaitMs: 3_000,
  })
  const { rights } = connector.manifest
  const report = await connector.test(context).catch((error: unknown) => {
    const failure =
      error instanceof ProviderFailure
        ? error
        : (error as Error).name === 'TimeoutError'
          ? new ProviderFailure('timed_out', `The test took longer than ${patienceMs / 1000} seconds.`)
          : null
    if (failure === null) throw error
    return {
      account: null,
      checks: rights.map(({ id }) => ({
        right: id,
        state: 'unknown' as const,
        code: failure.code as string,
        message: failure.message,
      })),
    }
  })
  const works = (id: string) => report.checks.some((check) => check.right === id && check.state === 'works')
  return { ...report, ok: rights.every((right) => !right.needed || works(right.id)) }
}

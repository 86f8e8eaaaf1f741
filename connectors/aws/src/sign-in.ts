import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { type Context, ProviderFailure } from '@infrazen/connector-kit'
import { type AccessKeys, sdkHandler, trying } from '@infrazen/connector-kit/s3'

/** What may never reach a message. */
export const secretsOf = ({ credentials }: Context): string[] => [credentials.secretAccessKey ?? '']

export const regionOf = ({ credentials }: Context): string => credentials.region || 'us-east-1'

/** null is AWS itself. */
export const endpointOf = ({ credentials }: Context): { endpoint?: string } =>
  credentials.endpoint ? { endpoint: credentials.endpoint } : {}

/** Every client of the SDK goes through the kit. */
export const clientOf = (context: Context) => ({
  ...endpointOf(context),
  maxAttempts: 1,
  requestHandler: sdkHandler(context.http) as never,
})

const ownKeys = ({ credentials }: Context): AccessKeys => ({
  accessKeyId: credentials.accessKeyId ?? '',
  secretAccessKey: credentials.secretAccessKey ?? '',
})

/** The keys that were entered, or those of the role that they assume; the SDK asks again before they expire. */
export function keysOf(context: Context): AccessKeys | (() => Promise<AccessKeys>) {
  return context.credentials.roleArn ? () => assumeRole(context) : ownKeys(context)
}

/** @throws ProviderFailure that names sts:AssumeRole */
export async function assumeRole(context: Context): Promise<AccessKeys> {
  const { roleArn, externalId } = context.credentials
  const sts = new STSClient({ ...clientOf(context), region: regionOf(context), credentials: ownKeys(context) })
  const what = `sts:AssumeRole on ${roleArn}`
  return trying(context.http, what, secretsOf(context), async () => {
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: roleArn,
        RoleSessionName: 'infrazen',
        ...(externalId ? { ExternalId: externalId } : {}),
      }),
    )
    if (!Credentials?.AccessKeyId || !Credentials.SecretAccessKey)
      throw new ProviderFailure('bad_answer', `${what}: the answer holds no keys.`, { retryable: true })
    return {
      accessKeyId: Credentials.AccessKeyId,
      secretAccessKey: Credentials.SecretAccessKey,
      sessionToken: Credentials.SessionToken,
      expiration: Credentials.Expiration,
    }
  })
}

/** The account that the keys belong to. Needs no right. */
export async function accountOf(context: Context): Promise<string | null> {
  const sts = new STSClient({ ...clientOf(context), region: regionOf(context), credentials: keysOf(context) })
  try {
    return (await sts.send(new GetCallerIdentityCommand({}))).Account ?? null
  } catch {
    // A service that speaks S3 alone has no accounts to tell.
    return null
  }
}

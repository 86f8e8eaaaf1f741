import {
  S3StandIn,
  type StandInReply,
  type StandInRequest,
  startStandIn,
  verifySignature,
} from '@infrazen/connector-kit/testing'

// Shapes: S3 and STS API references, “Understanding export delivery” of AWS Data Exports, the JSON 1.1 protocol of Cost Explorer
// as the SDK speaks it. Ids, names and amounts are made up.

export const roleArn = 'arn:aws:iam::111122223333:role/infrazen'
export const externalId = 'nordwind-7391'
const user = { id: 'AKIAIOSFODNN7EXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }
const assumed = {
  id: 'ASIAIOSFODNN7EXAMPLE',
  secret: 'assumedSecret/K7MDENG/bPxRfiCYEXAMPLEKEY',
  token: 'session-token-of-the-role',
}

/** AWS on one port: S3 with a bucket, STS, and Cost Explorer. Every request has to be signed. */
export async function startAws(switches: { missingCosts?: boolean; costPage?: number } = {}) {
  const bucket = new S3StandIn('nordwind-billing')
  bucket.keys[user.id] = { secret: user.secret }
  bucket.keys[assumed.id] = { secret: assumed.secret, token: assumed.token }
  const standIn = await startStandIn((request) => {
    if (request.headers['x-amz-target']?.startsWith('AWSInsightsIndexService.')) return costs(request)
    if (request.method === 'POST') return sts(request)
    return bucket.answer(request)
  })

  function sts(request: StandInRequest): StandInReply {
    const verdict = verifySignature(request, bucket.keys)
    if (!verdict.ok) return stsError(403, verdict.code)
    const asked = new URLSearchParams(request.body)
    if (asked.get('Action') === 'GetCallerIdentity')
      return xml(
        `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/infrazen</Arn><UserId>AIDA</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
      )
    if (asked.get('RoleArn') !== roleArn || asked.get('ExternalId') !== externalId || verdict.accessKeyId !== user.id)
      return stsError(403, 'AccessDenied', 'User is not authorized to perform: sts:AssumeRole')
    return xml(
      `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>${assumed.id}</AccessKeyId><SecretAccessKey>${assumed.secret}</SecretAccessKey><SessionToken>${assumed.token}</SessionToken><Expiration>${new Date(Date.now() + 3_600_000).toISOString()}</Expiration></Credentials><AssumedRoleUser><Arn>${roleArn}</Arn><AssumedRoleId>AROA:infrazen</AssumedRoleId></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>`,
    )
  }

  function costs(request: StandInRequest): StandInReply {
    const verdict = verifySignature(request, bucket.keys)
    const refused = (status: number, type: string, message: string): StandInReply => ({
      status,
      headers: { 'content-type': 'application/x-amz-json-1.1' },
      json: { __type: type, message },
    })
    if (!verdict.ok) return refused(403, 'InvalidSignatureException', verdict.code)
    if (switches.missingCosts)
      return refused(400, 'AccessDeniedException', 'User is not authorized to perform: ce:GetCostAndUsage')
    const asked = JSON.parse(request.body) as {
      TimePeriod: { Start: string; End: string }
      Filter: { Dimensions?: { Values: string[] } }
      NextPageToken?: string
    }
    const kind = asked.Filter.Dimensions?.Values[0] ?? 'Usage'
    const days: string[] = []
    for (let at = Date.parse(asked.TimePeriod.Start); at < Date.parse(asked.TimePeriod.End); at += 86_400_000)
      days.push(new Date(at).toISOString().slice(0, 10))
    // A token is good for the very question that it came with.
    const question = JSON.stringify([asked.TimePeriod, asked.Filter])
    const [place, of] = asked.NextPageToken
      ? (JSON.parse(atob(asked.NextPageToken)) as [number, string])
      : [0, question]
    if (of !== question) return refused(400, 'RequestChangedException', 'The parameters changed with the token.')
    const page = days.slice(place, place + (switches.costPage ?? 7))
    const next = place + page.length < days.length ? btoa(JSON.stringify([place + page.length, question])) : undefined
    return {
      headers: { 'content-type': 'application/x-amz-json-1.1' },
      json: {
        GroupDefinitions: [
          { Type: 'DIMENSION', Key: 'LINKED_ACCOUNT' },
          { Type: 'DIMENSION', Key: 'SERVICE' },
        ],
        ResultsByTime: page.map((day) => ({
          TimePeriod: { Start: day, End: new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10) },
          Total: {},
          Groups: costsOf(day, kind).map(({ account, service, amount }) => ({
            Keys: [account, service],
            Metrics: {
              UnblendedCost: { Amount: amount, Unit: 'USD' },
              AmortizedCost: { Amount: amount, Unit: 'USD' },
            },
          })),
          Estimated: day >= '2026-11-01',
        })),
        DimensionValueAttributes: [
          { Value: '111122223333', Attributes: { description: 'nordwind-payer' } },
          { Value: '444455556666', Attributes: { description: 'nordwind-search' } },
        ],
        ...(next ? { NextPageToken: next } : {}),
      },
    }
  }

  return {
    standIn,
    bucket,
    credentials: {
      endpoint: standIn.url,
      region: 'eu-central-1',
      bucket: 'nordwind-billing',
      prefix: 'finops/focus-daily/',
      accessKeyId: user.id,
      secretAccessKey: user.secret,
    },
  }
}

/** What Cost Explorer holds for a day. Amounts in ten-thousandths of a dollar, written as its texts. */
export function costsOf(day: string, kind: string) {
  const n = Number(day.slice(8))
  const lines: [account: string, service: string, units: number][] =
    kind === 'Usage'
      ? [
          ['111122223333', 'Amazon Simple Storage Service', 12_345 + n],
          ['444455556666', 'Amazon Bedrock', 987_654 + 7 * n],
          ['444455556666', 'Amazon Elastic Compute Cloud - Compute', 55_501 * n],
        ]
      : kind === 'Tax' && n === 1
        ? [['111122223333', 'Tax', 190_000]]
        : kind === 'Credit' && n === 3
          ? [['111122223333', 'Amazon Bedrock', -500_000]]
          : []
  return lines.map(([account, service, units]) => ({ account, service, units, amount: (units / 10_000).toString() }))
}

export const manifestOf = (files: string[]) =>
  JSON.stringify({ executionId: '5f0c', columns: [{ name: 'BilledCost', type: 'double' }], dataFiles: files })

const xml = (body: string): StandInReply => ({ headers: { 'content-type': 'text/xml' }, body })
const stsError = (status: number, code: string, message = code): StandInReply => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
})

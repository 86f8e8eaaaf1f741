import { createHash } from 'node:crypto'
import type { ConformanceSubject } from '@infrazen/connector-kit/testing'
import { costExplorer, dataExports } from './index'
import { costsOf, externalId, manifestOf, roleArn, startAws } from './stand-in.fixture'

const from = new Date('2026-09-01T00:00:00Z')
const to = new Date('2026-11-05T00:00:00Z')
const now = new Date('2026-11-04T10:00:00Z')
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

const content = (period: string, part: number) =>
  `BilledCost,ChargePeriodStart\n${part}.5,${period}-01T00:00:00Z\n`.repeat(part * 400)
const root = 'finops/focus-daily/'
const periods = { '2026-09': 1, '2026-10': 2, '2026-11': 2 }
const keyOf = (period: string, part: number) => `${root}data/BILLING_PERIOD=${period}/focus-daily-0000${part}.csv.gz`

const files: Record<string, string> = {}
for (const [period, parts] of Object.entries(periods))
  for (let part = 1; part <= parts; part++)
    files[`${root}${period} ${keyOf(period, part)}`] = sha256(content(period, part))

async function startExport(role: boolean) {
  const { standIn, bucket, credentials } = await startAws()
  for (const [period, parts] of Object.entries(periods)) {
    const keys = Array.from({ length: parts }, (_, index) => keyOf(period, index + 1))
    for (const [index, key] of keys.entries()) bucket.put(key, content(period, index + 1))
    bucket.put(
      `${root}metadata/BILLING_PERIOD=${period}/focus-daily-Manifest.json`,
      manifestOf(keys.map((key) => `s3://nordwind-billing/${key}`)),
    )
  }
  return {
    standIn,
    credentials: role ? { ...credentials, roleArn, externalId } : credentials,
    restate: () => bucket.put(keyOf('2026-10', 2), `${content('2026-10', 2)}more`),
  }
}

const exportSubject = (variant: string, role: boolean): ConformanceSubject => ({
  connector: dataExports,
  variant,
  start: () => startExport(role),
  from,
  to,
  now,
  files,
  isFile: (request) => /\/(data|metadata)\//.test(request.path),
  field: 'ETag',
  fixtureSource:
    'layout of “Understanding export delivery” (AWS Data Exports), answers as in the S3 and STS API references; signatures are verified. Names and amounts are made up.',
})

let billed = 0n
for (let at = from.getTime(); at < to.getTime(); at += 86_400_000)
  for (const kind of ['Usage', 'Tax', 'Credit', 'Refund'])
    for (const { units } of costsOf(new Date(at).toISOString().slice(0, 10), kind)) billed += BigInt(units)

export default [
  exportSubject('access key', false),
  exportSubject('role with external ID', true),
  {
    connector: costExplorer,
    start: () => startAws(),
    from,
    to,
    now,
    billed: { USD: `${billed / 10_000n}.${(billed % 10_000n).toString().padStart(4, '0')}` },
    field: 'ResultsByTime',
    fixtureSource:
      'GetCostAndUsage in the JSON 1.1 protocol of the AWS SDK, page tokens that refuse changed parameters; signatures are verified. Accounts and amounts are made up.',
  },
] satisfies ConformanceSubject[]

import { createHash } from 'node:crypto'
import type { ConformanceSubject } from '@infrazen/connector-kit/testing'
import costExports from './index'
import { accountKey, manifestOf, sasToken, startBlobs } from './stand-in.fixture'

const root = 'finops/focus-daily/'
const folders = { '2026-10': '20261001-20261031', '2026-11': '20261101-20261130' }
const nameOf = (month: keyof typeof folders, run: string, part: number) =>
  `${root}${folders[month]}/202611040600/${run}/part_${part}_0001.csv`
const contentOf = (month: string, part: number) =>
  `BilledCost,ChargePeriodStart\n${part}.5,${month}-01\n`.repeat(part * 400)
const keyOf = (month: string) =>
  `/subscriptions/0001/providers/microsoft.costmanagement/exports/focus-daily FocusCost ${month}`

const files: Record<string, string> = {}
for (const month of ['2026-10', '2026-11'] as const)
  for (const part of [1, 2])
    files[`${keyOf(month)} ${nameOf(month, 'run-2', part)}`] = createHash('sha256')
      .update(contentOf(month, part))
      .digest('hex')

const subject = (variant: string, secret: Record<string, string>): ConformanceSubject => ({
  connector: costExports,
  variant,
  async start() {
    const blobs = await startBlobs()
    for (const month of ['2026-10', '2026-11'] as const)
      for (const run of ['run-1', 'run-2']) {
        const names = [1, 2].map((part) => nameOf(month, run, part))
        for (const [index, name] of names.entries())
          blobs.put(name, run === 'run-1' ? 'an earlier run' : contentOf(month, index + 1))
        const at = `2026-11-0${run.at(-1)}T06:00:00.0000000Z`
        blobs.put(`${names[0]!.replace(/[^/]+$/, '')}manifest.json`, manifestOf(run, at, month, names))
      }
    // A run that never came to its manifest.
    blobs.put(nameOf('2026-11', 'run-3', 1), 'half of a run')
    return {
      standIn: blobs.standIn,
      credentials: { ...blobs.credentials, ...secret },
      restate: () => blobs.put(nameOf('2026-10', 'run-2', 2), 'restated'),
    }
  },
  from: new Date('2026-10-01T00:00:00Z'),
  to: new Date('2026-11-05T00:00:00Z'),
  now: new Date('2026-11-04T10:00:00Z'),
  files,
  isFile: (request) => request.path.startsWith('/exports/'),
  field: 'Etag',
  fixtureSource:
    'List Blobs, Get Blob and “Authorize with Shared Key” of the Azure Storage REST reference, manifest 2024-04-01 of the documentation of exports; SAS and signatures are verified. Names and contents are made up.',
})

export default [subject('SAS token', { sasToken }), subject('account key', { accountKey })]

import { expect, test } from 'vitest'
import { currentDeliveries, readManifest } from './deliveries'

const manifest = (run: string, submitted: string, start: string, type = 'AmortizedCost') =>
  JSON.stringify({
    manifestVersion: '2024-04-01',
    byteCount: 8032,
    blobCount: 2,
    dataRowCount: 36,
    exportConfig: {
      exportName: 'daily',
      resourceId: '/subscriptions/X/providers/Microsoft.CostManagement/exports/daily',
      dataVersion: '2021-10-01',
      type,
    },
    runInfo: { submittedTime: submitted, runId: run, startDate: start, endDate: '2026-11-30T00:00:00' },
    blobs: [
      { blobName: `daily/${run}/part_0_0001.csv`, byteCount: 4016, dataRowCount: 20 },
      { blobName: `daily/${run}/part_1_0001.csv`, byteCount: 4016, dataRowCount: 16 },
    ],
  })

test('a run names its blobs, its month and what is in them', () => {
  expect(
    readManifest(`\uFEFF${manifest('r1', '2026-11-22T06:12:44.1234567Z', '2026-11-01T00:00:00')}`, 'm.json'),
  ).toEqual({
    exportId: '/subscriptions/x/providers/microsoft.costmanagement/exports/daily',
    dataset: 'AmortizedCost 2021-10-01',
    format: 'azure-amortized',
    periodStart: '2026-11-01',
    runId: 'r1',
    submittedAt: '2026-11-22T06:12:44.1234567Z',
    blobs: [
      { name: 'daily/r1/part_0_0001.csv', bytes: 4016, rows: 20 },
      { name: 'daily/r1/part_1_0001.csv', bytes: 4016, rows: 16 },
    ],
    rows: 36,
    manifestName: 'm.json',
  })
})

test('of one export and month the run submitted last counts; another dataset stands beside it', () => {
  const runs = [
    readManifest(manifest('new', '2026-11-23T06:00:00.2000000Z', '2026-11-01T00:00:00Z'), 'b'),
    readManifest(manifest('old', '2026-11-23T06:00:00.1000000Z', '2026-11-01T00:00:00'), 'a'),
    readManifest(manifest('actual', '2026-11-22T06:00:00.0000000Z', '2026-11-01T00:00:00', 'ActualCost'), 'c'),
    readManifest(manifest('before', '2026-11-03T06:00:00.0000000Z', '2026-10-01T00:00:00'), 'd'),
  ]
  expect(currentDeliveries(runs).map(({ runId }) => runId)).toEqual(['new', 'actual', 'before'])
  expect(readManifest(manifest('p', '', '2026-11-01', 'PriceSheet'), 'e').format).toBeNull()
  expect(() => readManifest('{}', 'x')).toThrow('period')
})

import { expect, test } from 'vitest'
import { exportManifests, readExportManifest, readReportManifest, reportManifests } from './deliveries'

test('of each billing period the newest manifest of the partition counts, in either spelling', () => {
  const at = (key: string, lastModified: string) => ({ key, lastModified })
  expect([
    ...exportManifests([
      at('p/focus/metadata/BILLING_PERIOD=2026-10/focus-Manifest.json', '2026-11-05T00:00:00Z'),
      at('p/focus/metadata/billing_period=2026-11/focus-Manifest.json', '2026-11-24T00:00:00Z'),
      at('p/focus/metadata/billing_period=2026-11/focus-Manifest-FOCUS.json', '2026-11-25T00:00:00Z'),
      at('p/focus/metadata/billing_period=2026-11/20261123T1-e1/focus-Manifest.json', '2026-11-25T00:00:00Z'),
      at('p/focus/data/billing_period=2026-11/focus-00001.snappy.parquet', '2026-11-24T00:00:00Z'),
    ]),
  ]).toEqual([
    ['2026-10', 'p/focus/metadata/BILLING_PERIOD=2026-10/focus-Manifest.json'],
    ['2026-11', 'p/focus/metadata/billing_period=2026-11/focus-Manifest.json'],
  ])
})

test('the files of a delivery are those that its manifest names, whatever lies beside them', () => {
  const manifest = (files: string[]) =>
    JSON.stringify({ columns: [{ name: 'BilledCost', type: 'double' }], dataFiles: files })
  const overwrite = readExportManifest(
    manifest(['s3://original/p/focus/data/BILLING_PERIOD=2026-12/focus-00001.snappy.parquet']),
    'p/focus/metadata/BILLING_PERIOD=2026-12/focus-Manifest.json',
  )
  expect(overwrite).toMatchObject({
    periodStart: '2026-12-01',
    periodEnd: '2027-01-01',
    keys: ['p/focus/data/BILLING_PERIOD=2026-12/focus-00001.snappy.parquet'],
    columns: ['BilledCost'],
  })
  const createNew = readExportManifest(
    manifest(['s3://b/p/cur/data/BILLING_PERIOD=2026-11/20261124T0101Z-e2/cur-00001.csv.gz']),
    'p/cur/metadata/BILLING_PERIOD=2026-11/cur-Manifest.json',
  )
  expect([createNew.runId, createNew.keys]).toEqual([
    '20261124T0101Z-e2',
    ['p/cur/data/BILLING_PERIOD=2026-11/20261124T0101Z-e2/cur-00001.csv.gz'],
  ])
})

test('a legacy report is the assembly that the manifest of its period names', () => {
  expect([
    ...reportManifests([
      { key: 'p/r/20181001-20181101/r-Manifest.json', lastModified: '' },
      { key: 'p/r/20181001-20181101/3a1f/r-Manifest.json', lastModified: '' },
      { key: 'p/r/20181001-20181101/3a1f/r-1.csv.gz', lastModified: '' },
    ]),
  ]).toEqual([['20181001-20181101', 'p/r/20181001-20181101/r-Manifest.json']])
  expect(
    readReportManifest(
      JSON.stringify({
        assemblyId: '3a1f',
        billingPeriod: { start: '20181001T000000.000Z', end: '20181101T000000.000Z' },
        reportKeys: ['p/r/20181001-20181101/3a1f/r-1.csv.gz', 'p/r/20181001-20181101/3a1f/r-2.csv.gz'],
        columns: [{ category: 'lineItem', name: 'UnblendedCost' }],
      }),
      'p/r/20181001-20181101/r-Manifest.json',
    ),
  ).toEqual({
    periodStart: '2018-10-01',
    periodEnd: '2018-11-01',
    runId: '3a1f',
    keys: ['p/r/20181001-20181101/3a1f/r-1.csv.gz', 'p/r/20181001-20181101/3a1f/r-2.csv.gz'],
    columns: ['lineItem/UnblendedCost'],
    manifestKey: 'p/r/20181001-20181101/r-Manifest.json',
  })
})

test('a manifest without files, period or assembly says so', () => {
  expect(() => readExportManifest('{}', 'metadata/BILLING_PERIOD=2026-11/x-Manifest.json')).toThrow('data files')
  expect(() => readExportManifest('{"dataFiles":[]}', 'x-Manifest.json')).toThrow('billing period')
  expect(() => readReportManifest('{"reportKeys":[]}', 'x')).toThrow('assembly')
})

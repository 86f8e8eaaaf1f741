import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { costAndUsageReport } from '@infrazen/connector-aws'
import { actualCost, amortisedCost } from '@infrazen/connector-azure'
import { billingExport, costTable, dailyFile } from '@infrazen/connector-gcp'
import { costReport } from '@infrazen/connector-oci'
import { detectVersion } from '@infrazen/focus'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../../primitives/ids'
import { type ClickHouse, migrateClickHouse, openClickHouse } from '../../../storage/clickhouse'
import { listBatches, liveBatchesSql } from '../../ledger'
import { runImport } from './run-import'

const formats = [costAndUsageReport, amortisedCost, actualCost, billingExport, costTable, dailyFile, costReport]
const shared = fileURLToPath(new URL('../../../../../../shared/data', import.meta.url))
const haveShared = existsSync(shared)
if (!haveShared) console.log('skipped: the shared data folder is not here, so real bills are not imported')
const folder = mkdtempSync(join(tmpdir(), 'infrazen-formats-'))
let clickhouse: ClickHouse
beforeAll(async () => {
  clickhouse = await openClickHouse({ path: folder })
  await migrateClickHouse(clickhouse)
})
afterAll(async () => {
  await clickhouse.close()
  rmSync(folder, { recursive: true, force: true })
})

const fresh = () => ({ organizationId: newId(), actor: 'test', connectionId: newId() })
type At = ReturnType<typeof fresh>
async function bring(
  content: string | Buffer,
  at: At,
  options: { format?: string; fileName?: string; currency?: string } = {},
) {
  const id = newId()
  const path = join(folder, id)
  writeFileSync(path, content)
  return runImport(
    {
      id,
      path,
      fileName: options.fileName ?? 'test.csv',
      contentHash: createHash('sha256').update(content).digest('hex'),
      connectionId: at.connectionId,
      delivery: 'auto',
      format: options.format ?? 'auto',
      currency: options.currency,
    },
    {
      clickhouse,
      scope: at,
      detectVersion: (names) => detectVersion(names),
      known: { formats, mappings: [] },
      onProgress: () => {},
    },
  )
}
const rowsOf = (at: At, columns: string) =>
  clickhouse.query<Record<string, unknown>>({
    name: 'test',
    sql: `SELECT ${columns} FROM charges_v1 WHERE x_OrganizationId = {o:UUID} ORDER BY x_RowNumber`,
    params: { o: at.organizationId },
  })
const unequal = async (at: At) =>
  (await listBatches(clickhouse, at)).flatMap((batch) => batch.proof.filter((proof) => !proof.equal))

describe.skipIf(!haveShared)('real bills of providers come out equal to the last digit', () => {
  const expected = haveShared
    ? (JSON.parse(readFileSync(join(shared, 'expected-totals.json'), 'utf8')) as Record<
        string,
        { rows: number; totals: Record<string, string>; [by: string]: unknown }
      >)
    : {}
  const cases: [file: string, format: string, sums: Record<string, string>][] = [
    [
      'aws-cur/cur-2018-10.snappy.parquet',
      'aws-cur',
      { BilledCost: 'unblended', EffectiveCost: 'amortized', ListCost: 'publicOnDemand' },
    ],
    ['aws-cur/cur-2023-11-legacy-even.csv', 'aws-cur', { BilledCost: 'lineItem/UnblendedCost' }],
    ['azure/EA_ActualCost_Small.csv', 'azure-actual', { BilledCost: 'Cost' }],
    ['azure/ea-export-2023-09.csv', 'azure-actual', { BilledCost: 'CostInBillingCurrency' }],
    ['oci/oci-cost-report-2023-11-13-even.csv', 'oci-cost', { BilledCost: 'cost/myCost' }],
  ]
  test.each(cases)('%s', async (file, format, sums) => {
    const at = fresh()
    const outcome = await bring(readFileSync(join(shared, file)), at)
    const { rows, totals } = expected[file]!
    expect([outcome.billFormat, outcome.rows]).toEqual([format, { read: rows, accepted: rows, quarantined: 0 }])
    expect(outcome.sums.length).toBe(1)
    for (const [column, source] of Object.entries(sums))
      expect([column, outcome.sums[0]![column as 'BilledCost']]).toEqual([column, totals[source]])
    expect(await unequal(at)).toEqual([])
    expect((await listBatches(clickhouse, at)).flatMap((batch) => batch.proof).length).toBeGreaterThan(1)
  })

  test('each kind of line of a report has the amortised cost that the report tells', async () => {
    const file = 'aws-cur/cur-2018-10.snappy.parquet'
    const at = fresh()
    await bring(readFileSync(join(shared, file)), at)
    const kinds = await clickhouse.query<{ type: string; n: string; billed: string; effective: string }>({
      name: 'test',
      sql: `SELECT x_Extra['line_item_line_item_type'] AS type, count() AS n, toString(sum(BilledCost)) AS billed, toString(sum(EffectiveCost)) AS effective
        FROM charges_v1 WHERE x_OrganizationId = {o:UUID} GROUP BY type`,
      params: { o: at.organizationId },
    })
    const byType = expected[file]!.byLineItemType as Record<string, Record<string, string | number>>
    expect(Object.fromEntries(kinds.map((kind) => [kind.type, [Number(kind.n), kind.billed, kind.effective]]))).toEqual(
      Object.fromEntries(
        Object.entries(byType).map(([type, sums]) => [type, [sums.rows, sums.unblended, sums.amortized]]),
      ),
    )
  })

  const halves: [string, (row: number, rows: number) => boolean][] = [
    ['first and last', (row, rows) => row < rows / 2],
    ['alternate rows', (row) => row % 2 === 0],
  ]
  test.each(
    cases.flatMap(([file]) =>
      file.endsWith('.csv') ? halves.map(([name, isFirst]) => [file, name, isFirst] as const) : [],
    ),
  )('%s in two halves, %s, gives the whole', async (file, _, isFirst) => {
    const [header, ...lines] = readFileSync(join(shared, file), 'utf8').trimEnd().split(/\r?\n/)
    const at = fresh()
    for (const part of [true, false])
      await bring(`${[header, ...lines.filter((_, i) => isFirst(i, lines.length) === part)].join('\n')}\n`, at)
    const [total] = await clickhouse.query<{ billed: string }>({
      name: 'test',
      sql: `SELECT toString(sum(BilledCost)) AS billed FROM charges_v1 WHERE x_OrganizationId = {organizationId:UUID} AND x_BatchId IN (${liveBatchesSql(false)})`,
      params: { organizationId: at.organizationId },
    })
    expect(total!.billed).toBe(Object.values(expected[file]!.totals).find((text) => typeof text === 'string'))
    expect(await unequal(at)).toEqual([])
  })
})

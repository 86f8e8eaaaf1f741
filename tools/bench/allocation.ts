/**
 * A month of charges under 200 rules and 20 shared pots, against a plain GROUP BY of the same rows by the same dimensions, one after
 * the other. Argument: charges. Prints one line of JSON.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { computeRun } from '../../server/src/modules/allocation/compute-run'
import { RuleDocument, type RuleDocumentInput } from '../../server/src/modules/allocation/contract'
import { everSince, treeAt } from '../../server/src/modules/allocation/unit-tree'
import { newId } from '../../server/src/primitives/ids'
import { migrateClickHouse, openClickHouse } from '../../server/src/storage/clickhouse'

const charges = Number(process.argv[2])
const rounds = 3
const folder = mkdtempSync(join(tmpdir(), 'bench-allocation-'))
const clickhouse = await openClickHouse({ path: folder })
const organizationId = newId()
const batch = newId()
const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
async function timed(work: () => Promise<unknown>) {
  const started = performance.now()
  await work()
  return performance.now() - started
}

const units = Array.from({ length: 60 }, (_, i) => `team-${i}`)
const pools = Array.from({ length: 20 }, (_, i) => i)
const document: RuleDocumentInput = {
  version: 1,
  repairs: [{ dimension: 'tag:team', aliases: { 'team-1': ['Team1', 'team_1'] } }],
  rules: [
    ...Array.from({ length: 160 }, (_, i) => ({
      id: `r${i}`,
      name: `Rule ${i}`,
      when: {
        all: [
          { dimension: 'service', in: [`service-${i % 60}`] },
          { dimension: 'sub_account', startsWith: `account-${i % 30}-` },
          { not: { dimension: 'region', glob: `*-${i % 9}` } },
        ],
      },
      assign: { unit: units[i % units.length]! },
    })),
    ...pools.map((i) => ({
      id: `p${i}`,
      name: `Pool ${i}`,
      when: {
        any: [
          { dimension: 'service', in: [`service-${40 + i}`] },
          { dimension: 'region', endsWith: `-${20 + i}` },
        ],
      },
      assign: { pool: `pool-${i}` },
    })),
    ...Array.from({ length: 19 }, (_, i) => ({
      id: `t${i}`,
      name: `Tag ${i}`,
      when: { dimension: 'service_category', in: [`category-${i}`] },
      assign: { byDimension: 'tag:team' },
    })),
    { id: 'rest', name: 'Rest', when: { all: [] }, assign: { byDimension: 'tag:team' } },
  ],
  pools: pools.map((i) => ({
    key: `pool-${i}`,
    name: `Pool ${i}`,
    split:
      i % 4 === 0
        ? { by: 'even' as const }
        : i % 4 === 1
          ? { by: 'fixed' as const, shares: { [`pool:pool-${(i + 1) % 20}`]: '10', 'team-1': '90' } }
          : { by: 'direct' as const },
  })),
}

try {
  await migrateClickHouse(clickhouse)
  const perInsert = 500_000
  for (let from = 0; from < charges; from += perInsert)
    await clickhouse.command({
      name: 'bench.fill',
      lane: 'ingest',
      sql: `INSERT INTO charges_v1 (x_OrganizationId, x_BatchId, x_RowNumber, x_Basis, x_Tags, BilledCost, EffectiveCost, ListCost, ContractedCost, BillingCurrency, ChargePeriodStart, ChargePeriodEnd, ServiceProviderName, ServiceName, ServiceCategory, SubAccountId, RegionId, ResourceId, ChargeCategory)
        SELECT toUUID('${organizationId}'), toUUID('${batch}'), number, 'billed', map('team', if(h % 10 = 0, '', concat('team-', toString(t))), 'env', ['prod', 'dev'][1 + h % 2]), c, c, c * 2, c, ['USD', 'EUR'][1 + t % 2],
          at, at + 3600, ['Amazon Web Services', 'Microsoft', 'Google Cloud'][1 + t % 3], concat('service-', toString(t)), concat('category-', toString(t % 19)), concat('account-', toString(bitShiftRight(h, 20) % 30), '-x'), concat('region-', toString(t % 40)), concat('arn:resource/', toString(h % 200000)), 'Usage'
        FROM (SELECT number, sipHash64(number) AS h, bitShiftRight(h, 8) % 60 AS t, toDecimal256(h % 1000000007, 30) / 1000000 AS c, toDateTime('2026-01-01 00:00:00', 'UTC') + intDiv(number * 2592000, ${charges}) AS at FROM numbers(${from}, ${Math.min(perInsert, charges - from)}))`,
    })
  await clickhouse.command({
    name: 'bench.open',
    sql: `INSERT INTO batch_log_v1 SELECT toUUID('${organizationId}'), toDateTime64('2026-01-01 00:00:00', 6, 'UTC'), generateUUIDv4(), 'bench', 'import', [toUUID('${batch}')], []`,
  })
  const groupBy = () =>
    clickhouse.query({
      name: 'bench.groupBy',
      sql: `SELECT ServiceProviderName, ServiceName, ServiceCategory, SubAccountId, RegionId, x_Tags['team'], BillingCurrency, sum(BilledCost), sum(EffectiveCost), sum(ListCost), sum(ContractedCost), count()
        FROM charges_v1 WHERE x_OrganizationId = {organizationId:UUID} AND ChargePeriodStart >= '2026-01-01 00:00:00' AND ChargePeriodStart < '2026-02-01 00:00:00' GROUP BY ALL`,
      params: { organizationId },
    })
  const states = units.map((key) => ({
    key,
    fromMonth: everSince,
    name: key,
    kind: 'team' as const,
    parent: null,
    owner: '',
    costCenter: '',
    aliases: [],
    ended: false,
    mergedInto: null,
  }))
  const parsed = RuleDocument.parse(document)
  const tree = treeAt(states, '2026-01')
  let equal = true
  const run = async () => {
    const result = await computeRun({
      clickhouse,
      organizationId,
      month: '2026-01',
      timeZone: 'UTC',
      asOf: 1_900_000_000_000_000n,
      document: parsed,
      tree,
      values: new Map(),
    })
    equal &&= result.proof.every((line) => line.equal)
  }
  await groupBy()
  await run()
  const [plain, allocated]: [number[], number[]] = [[], []]
  for (let i = 0; i < rounds; i++) {
    plain.push(await timed(groupBy))
    allocated.push(await timed(run))
  }
  console.log(
    JSON.stringify({
      charges,
      rules: parsed.rules.length,
      pools: parsed.pools.length,
      groupByMs: median(plain),
      runMs: median(allocated),
      equal,
    }),
  )
} finally {
  await clickhouse.close()
  rmSync(folder, { recursive: true, force: true })
}

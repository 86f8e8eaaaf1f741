import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../primitives/ids'
import { textOf, unitsOf } from './amounts'
import { computeRun, type Part } from './compute-run'
import { RuleDocument, type RuleDocumentInput } from './contract'
import { gpuSeconds, storeGpuUsage } from './gpu-usage'
import { aUnit, type Ledger, openLedger } from './ledger.fixture'
import { readJobLog } from './read-gpu-usage'
import { treeAt } from './unit-tree'

const data = fileURLToPath(new URL('../../../../../shared/data', import.meta.url))
const isHere = existsSync(join(data, 'gpu'))
type Totals = Record<string, Record<string, Record<string, never>>>
const expected = (isHere ? JSON.parse(readFileSync(join(data, 'expected-totals.json'), 'utf8')) : {}) as Totals
const read = (name: string) => {
  const bytes = readFileSync(join(data, name))
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
}
const micros = (moment: string) => BigInt(Date.parse(moment)) * 1000n

let ledger: Ledger
beforeAll(async () => {
  ledger = await openLedger()
})
afterAll(() => ledger.close())

const run = (organizationId: string, month: string, units: string[], document: Partial<RuleDocumentInput>) =>
  computeRun({
    clickhouse: ledger.clickhouse,
    organizationId,
    month,
    timeZone: 'UTC',
    asOf: 1_900_000_000_000_000n,
    document: RuleDocument.parse({ version: 1, ...document }),
    tree: treeAt(
      units.map((key) => aUnit(key)),
      month,
    ),
    values: new Map(),
  })
const effective = (parts: Part[]) => {
  const sums: Record<string, bigint> = {}
  for (const part of parts) sums[part.unit] = (sums[part.unit] ?? 0n) + (part.amounts[1] ?? 0n)
  return sums
}
const bill = (organizationId: string, month: string, cost: string) =>
  ledger.bill(
    [
      {
        ServiceName: 'cluster',
        BilledCost: cost,
        EffectiveCost: cost,
        ChargePeriodStart: `${month}-01 00:00:00`,
        ChargePeriodEnd: `${month}-02 00:00:00`,
      },
    ],
    [],
    organizationId,
  )
const toPool = (split: NonNullable<RuleDocumentInput['pools']>[number]['split']): Partial<RuleDocumentInput> => ({
  rules: [{ id: 'all', name: 'All', when: { all: [] }, assign: { pool: 'p' } }],
  pools: [{ key: 'p', name: 'P', split }],
})

describe.skipIf(!isHere)('real traces (skipped where the shared data is absent)', () => {
  it('Philly jobs add up by virtual cluster to the second, and a bill is split by them', async () => {
    const organizationId = newId()
    const name = 'gpu/philly-jobs-2017-09-04_2017-10-15.csv.gz'
    const { usage, problems } = readJobLog(read(name))
    // A job of no length takes no time; nothing else is left out.
    expect(problems).toEqual([])
    await storeGpuUsage(ledger.clickhouse, organizationId, 'philly', 'used', usage, 0)
    const owners = await gpuSeconds(ledger.clickhouse, organizationId, micros('2017-01-01'), micros('2019-01-01'))
    const totals = expected[name]!.byVirtualCluster as unknown as Record<string, { gpuSeconds: string }>
    expect(Object.fromEntries(owners.map((owner) => [owner.owner, textOf(owner.used)]))).toEqual(
      Object.fromEntries(Object.entries(totals).map(([owner, { gpuSeconds: seconds }]) => [owner, seconds])),
    )
    await bill(organizationId, '2017-10', '1000000')
    const october = await gpuSeconds(ledger.clickhouse, organizationId, micros('2017-10-01'), micros('2017-11-01'))
    const all = october.reduce((sum, owner) => sum + owner.used, 0n)
    const { parts, proof } = await run(
      organizationId,
      '2017-10',
      Object.keys(totals),
      toPool({ by: 'gpu', cluster: 'philly' }),
    )
    const owed = effective(parts)
    for (const { owner, used } of october) {
      const exact = (unitsOf('1000000') * used) / all
      expect(owed[owner]! - exact >= 0n && owed[owner]! - exact <= 1n).toBe(true)
    }
    expect(proof.every((line) => line.equal)).toBe(true)
  })

  it('Helios: idle time of owned cards goes to the virtual cluster that owns them, or stays visible', async () => {
    const organizationId = newId()
    const clusters = ['vc3sl', 'vc8Sj', 'vcJkd', 'vcMod', 'vcTJs', 'vcdI0', 'vchbv', 'vcpDC']
    const logs = { used: '', reserved: '' }
    for (const owner of clusters) {
      const [header, ...rows] = read(`gpu/helios-earth/${owner}.csv.gz`)
        .trim()
        .split('\n')
        .map((line) => line.trim().split(','))
      const [running, idle] = ['running_gpu_num', 'idle_gpu_num'].map((column) => header!.indexOf(column)) as [
        number,
        number,
      ]
      // One line for each stretch of minutes in which nothing changes.
      for (const kind of ['used', 'reserved'] as const) {
        const gpus = rows.map((row) => Number(row[running]) + (kind === 'reserved' ? Number(row[idle]) : 0))
        for (let i = 0, start = 0; i < gpus.length; i++)
          if (gpus[i + 1] !== gpus[i]) {
            const end = Date.parse(`${rows[i]![0]!.replace(' ', 'T')}Z`) + 60_000
            if (gpus[i]! > 0)
              logs[kind] += `\n${owner}-${start},${owner},${gpus[i]},${rows[start]![0]},${new Date(end).toISOString()}`
            start = i + 1
          }
      }
    }
    for (const kind of ['used', 'reserved'] as const) {
      const { usage, problems } = readJobLog(`job,team,gpus,start,end${logs[kind]}`)
      expect(problems).toEqual([])
      await storeGpuUsage(ledger.clickhouse, organizationId, 'earth', kind, usage, 0)
    }
    const owners = await gpuSeconds(ledger.clickhouse, organizationId, micros('2020-05-01'), micros('2020-06-01'))
    for (const { owner, used, reserved } of owners) {
      const totals = expected[`gpu/helios-earth/${owner}.csv.gz`] as unknown as Record<string, number>
      expect([textOf(used / 60n), textOf(reserved / 60n), textOf((reserved - used) / 60n)]).toEqual(
        [totals.gpuMinutesRunning, totals.gpuMinutesOwned, totals.gpuMinutesIdle].map(String),
      )
    }
    const ownedMinutes = clusters.reduce(
      (sum, key) =>
        sum + (expected[`gpu/helios-earth/${key}.csv.gz`] as unknown as Record<string, number>).gpuMinutesOwned!,
      0,
    )
    await bill(organizationId, '2020-05', String(ownedMinutes))
    const owned = effective(
      (
        await run(
          organizationId,
          '2020-05',
          clusters.map((key) => key.toLowerCase()),
          toPool({ by: 'gpu', cluster: 'earth', idle: 'owner' }),
        )
      ).parts,
    )
    // One unit of money a minute of an owned card.
    expect(Object.fromEntries(Object.entries(owned).map(([key, amount]) => [key, textOf(amount)]))).toEqual(
      Object.fromEntries(
        clusters.map((key) => [
          key.toLowerCase(),
          String((expected[`gpu/helios-earth/${key}.csv.gz`] as unknown as Record<string, number>).gpuMinutesOwned),
        ]),
      ),
    )
    const seen = effective(
      (
        await run(
          organizationId,
          '2020-05',
          clusters.map((key) => key.toLowerCase()),
          toPool({ by: 'gpu', cluster: 'earth', idle: 'unallocated' }),
        )
      ).parts,
    )
    expect(textOf(seen['']!)).toBe(
      String(
        clusters.reduce(
          (sum, key) =>
            sum + (expected[`gpu/helios-earth/${key}.csv.gz`] as unknown as Record<string, number>).gpuMinutesIdle!,
          0,
        ),
      ),
    )
  })

  it('openb: fractional pods count their thousandths of a card, and those that never ran count nothing', async () => {
    const organizationId = newId()
    const name = 'gpu/openb-2023-pods-earlier.csv'
    const { usage, problems } = readJobLog(read(name), Date.parse('2026-01-01T00:00:00Z'))
    const totals = expected[name] as unknown as {
      neverScheduled: number
      byQos: Record<string, { gpuMilliSeconds: string }>
    }
    expect(problems.filter((problem) => problem.message.includes('never started'))).toHaveLength(totals.neverScheduled)
    expect(problems).toHaveLength(totals.neverScheduled)
    await storeGpuUsage(ledger.clickhouse, organizationId, 'openb', 'used', usage, 0)
    const owners = await gpuSeconds(ledger.clickhouse, organizationId, micros('2026-01-01'), micros('2027-01-01'))
    expect(Object.fromEntries(owners.map(({ owner, used }) => [owner, textOf(used * 1000n)]))).toEqual(
      Object.fromEntries(Object.entries(totals.byQos).map(([qos, { gpuMilliSeconds }]) => [qos, gpuMilliSeconds])),
    )
  })

  it('ServeGen: the bill of a shared model is split by the requests of its clients', async () => {
    const organizationId = newId()
    const name = 'llm/servegen-reason-deepseek-r1-clients.csv.gz'
    const [, ...lines] = read(name).trim().split('\n')
    const start = Date.parse('2026-01-05T00:00:00Z')
    await ledger.insert(
      'usage_per_15m_v1',
      lines.map((line) => {
        const [model, client, second, rate] = line.split(',') as [string, string, string, string]
        return {
          OrganizationId: organizationId,
          Bucket: new Date(start + Math.floor(Number(second) / 900) * 900_000).toISOString().slice(0, 19),
          RecordedBucket: '2026-01-07T00:00:00',
          ServiceProviderName: 'shared',
          Model: model,
          Team: `client-${client}`,
          Currency: 'USD',
          CostStatus: 'unpriced',
          Calls: Math.round(Number(rate) * 600),
        }
      }),
    )
    const totals = expected[name] as unknown as { requests: number; byClient: Record<string, number> }
    await bill(organizationId, '2026-01', String(totals.requests))
    const clients = Object.keys(totals.byClient)
    const { parts, proof } = await run(
      organizationId,
      '2026-01',
      clients.map((client) => `client-${client}`),
      {
        rules: [{ id: 'bill', name: 'Bill', when: { dimension: 'basis', in: ['billed'] }, assign: { pool: 'p' } }],
        pools: [{ key: 'p', name: 'P', split: { by: 'usage', measure: 'calls' } }],
      },
    )
    const owed = effective(parts)
    expect(
      Object.fromEntries(clients.map((client) => [client, Number(textOf(owed[`client-${client}`] ?? 0n))])),
    ).toEqual(totals.byClient)
    expect(proof.every((line) => line.equal)).toBe(true)
  })

  it('CUR 2018: cost-centre tags name the units, and every centre owes what the report says', async () => {
    const organizationId = newId()
    const batch = newId()
    const name = 'aws-cur/cur-2018-10.snappy.parquet'
    const columns = await ledger.clickhouse.query<{ name: string }>({
      name: 'test',
      sql: `DESCRIBE file('${join(data, name)}', 'Parquet')`,
    })
    const tag = columns.map((column) => column.name).find((column) => /user_cost_?center/i.test(column))!
    await ledger.clickhouse.insertFrom({
      name: 'test',
      input: { format: 'Parquet', content: { path: join(data, name) } },
      sql: (
        source,
      ) => `INSERT INTO charges_v1 (x_OrganizationId, x_BatchId, x_RowNumber, x_Basis, x_Tags, BilledCost, EffectiveCost, BillingCurrency, ChargePeriodStart, ChargePeriodEnd, ServiceProviderName, ServiceName, ChargeCategory)
        SELECT '${organizationId}', '${batch}', rowNumberInAllBlocks() + 1, 'billed', if(ifNull(toString(${tag}), '') = '', map(), map('cost_center', toString(${tag}))), toDecimal256(toString(assumeNotNull(line_item_unblended_cost)), 30), toDecimal256(toString(assumeNotNull(line_item_unblended_cost)), 30), 'USD',
          '2018-10-02 00:00:00', '2018-10-02 01:00:00', 'Amazon Web Services', toString(line_item_product_code), 'Usage' FROM ${source}`,
    })
    await ledger.insert('batch_log_v1', [
      {
        OrganizationId: organizationId,
        At: '2026-01-01 00:00:00.000000',
        EventId: newId(),
        Actor: 'test',
        Reason: 'import',
        Opens: [batch],
        Closes: [],
      },
    ])
    const totals = expected[name]!.byTagCostCenter as unknown as Record<string, { unblended: string }>
    const centers = Object.keys(totals).filter((center) => center !== '(untagged)')
    const { parts, proof, coverage } = await run(
      organizationId,
      '2018-10',
      centers.map((center) => center.toLowerCase()),
      {
        rules: [{ id: 'cc', name: 'Cost centre', when: { all: [] }, assign: { byDimension: 'tag:cost_center' } }],
      },
    )
    const owed = effective(parts)
    expect(Object.fromEntries(Object.entries(owed).map(([unit, amount]) => [unit, textOf(amount)]))).toEqual(
      Object.fromEntries(
        Object.entries(totals).map(([center, { unblended }]) => [
          center === '(untagged)' ? '' : center.toLowerCase(),
          unblended,
        ]),
      ),
    )
    expect(proof.find((line) => line.column === 'BilledCost')).toMatchObject({ source: '4064.4831315379', equal: true })
    expect(coverage[0]!.share).toBe('9.386')
  })
})

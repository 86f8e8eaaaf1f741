import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerQuestion } from './answer-question'
import { ExportRequest } from './contract'
import { exportAnswer, textCell } from './export-answer'
import { type LedgerFixture, openLedgerFixture, question } from './ledger-fixture'

let ledger: LedgerFixture
const period = { from: '2026-01-01', to: '2026-02-01' }
const scope = () => ({ organizationId: ledger.organizationId, actor: 'test' })

beforeAll(async () => {
  ledger = await openLedgerFixture()
  await ledger.bill(
    [
      { EffectiveCost: '-1.5', BilledCost: '-1.5', ServiceName: '=cmd|calc', ResourceId: 'a,"b"\nc' },
      { EffectiveCost: '2.000000000000000000000000000003', BilledCost: '2', ServiceName: 'Amazon EC2' },
    ],
    { days: [{ provider: 'OpenAI', account: 'covered', day: '2026-01-10' }] },
  )
  await ledger.calls([
    { AccountId: 'free', Team: 'search' },
    { AccountId: 'free', Team: 'search' },
    { AccountId: 'covered' },
    { AccountId: 'free', CostStatus: 'unpriced', Cost: null, UnitCosts: [null, null], Model: 'new' },
  ])
})
afterAll(() => ledger.close())

async function exported(request: Parameters<typeof ExportRequest.parse>[0]) {
  let text = ''
  for await (const piece of (await exportAnswer(ledger.explorer, scope(), ExportRequest.parse(request))).rows)
    text += piece.toString()
  return text
}

test('a text that a spreadsheet would run is made a text, an amount below zero stays a number', async () => {
  const text = await exported({
    metrics: ['effective_cost'],
    dimensions: ['service'],
    period,
    filters: [{ dimension: 'basis', in: ['billed'] }],
    orderBy: [{ id: 'effective_cost', direction: 'asc' }],
  })
  expect(text).toBe(
    "service,effective_cost,currency\r\n'=cmd|calc,-1.5,USD\r\nAmazon EC2,2.000000000000000000000000000003,USD\r\n",
  )
  expect(['+1', '@SUM(A1)', '\t=1', ' -2', '＝1', '-', 'a=b', 'a"b'].map(textCell)).toEqual([
    "'+1",
    "'@SUM(A1)",
    "'\t=1",
    "' -2",
    "'＝1",
    "'-",
    'a=b',
    '"a""b"',
  ])
})

test('the FOCUS rows of an answer add up to it: bills, and estimates no bill covers, by leaf unit', async () => {
  const text = await exported({ metrics: ['billed_cost'], period, format: 'focus-csv' })
  const rows = parseCsv(text)
  const [head, ...body] = rows
  const cell = (row: string[], name: string) => row[head!.indexOf(name)]
  expect(head).toEqual(
    expect.arrayContaining(['BilledCost', 'ContractApplied', 'InvoiceDetailId', 'x_Basis', 'x_BatchId']),
  )
  const estimates = body.filter((row) => cell(row, 'x_Basis') === 'estimated')
  expect(
    estimates.map((row) =>
      ['SkuMeter', 'ConsumedQuantity', 'ConsumedUnit', 'BilledCost', 'x_CostStatus', 'Tags', 'ChargePeriodEnd'].map(
        (name) => cell(row, name),
      ),
    ),
  ).toEqual([
    ['input.text.plain', '200', 'Tokens', '0.002', 'priced', '{"team":"search"}', '2026-01-10T00:15:00Z'],
    ['input.text.plain', '100', 'Tokens', '', 'unpriced', '{}', '2026-01-10T00:15:00Z'],
    ['output.text.visible', '20', 'Tokens', '0.004', 'priced', '{"team":"search"}', '2026-01-10T00:15:00Z'],
    ['output.text.visible', '10', 'Tokens', '', 'unpriced', '{}', '2026-01-10T00:15:00Z'],
  ])
  const billed = body.filter((row) => cell(row, 'x_Basis') === 'billed')
  expect(
    billed.map((row) => [
      cell(row, 'EffectiveCost'),
      cell(row, 'ServiceName'),
      cell(row, 'ResourceId'),
      cell(row, 'InvoiceId'),
    ]),
  ).toEqual([
    ['-1.5', '=cmd|calc', 'a,"b"\nc', ''],
    ['2.000000000000000000000000000003', 'Amazon EC2', '', ''],
  ])
  const answer = await answerQuestion(ledger.explorer, scope(), question({ metrics: ['billed_cost'], period }))
  expect(answer.rows).toEqual([['0.506']])
})

function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]]
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/g)) {
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain ?? '')
    if (end !== ',') rows.push([])
  }
  return rows.filter((row) => row.length > 1)
}

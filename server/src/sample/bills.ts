import { createHash } from 'node:crypto'
import { Bill, loadOn } from './bill'
import { tokenLines } from './bill-ai'
import {
  awsAccounts,
  awsReservation,
  awsResources,
  azureAccountOf,
  azureResourceId,
  azureResources,
  billers,
  gcpAccountOf,
  gcpResources,
  gpuCluster,
  type MeteredResource,
  yandexResources,
} from './billers'
import { dayText, type Month, type Story } from './calendar'
import { type DailyUse, meteredUse } from './calls'
import { costCenters, type Team } from './company'
import { type Charge, decimal, type FocusVersion, focusCsv, permilleOf, plus, text, zero } from './focus-file'
import { randomOf } from './random'

export type SampleSums = { BilledCost: string; EffectiveCost: string; ListCost: string; ContractedCost: string }

/** One bill as a file. `sums` are exact decimal strings in `currency`. */
export type SampleFile = {
  fileName: string
  connection: string
  serviceProviderName: string
  version: FocusVersion
  currency: string
  month: string
  /** the file that this one corrects or continues, to be imported before it */
  after: string | null
  rows: number
  sums: SampleSums
  sha256: string
  content: string
}

function daily(bill: Bill, resources: readonly MeteredResource[]): void {
  for (const day of bill.days) {
    for (const { meter, load } of resources)
      bill.usage(
        meter,
        day,
        loadOn(
          bill.story,
          load,
          `${bill.biller.connection}|${meter.sku}|${meter.resource?.id ?? meter.subAccount.id}`,
          day,
        ),
      )
  }
}

function awsBill(bill: Bill, use: (day: number) => DailyUse[]): void {
  const { story, month } = bill
  daily(bill, awsResources)
  for (const day of bill.days) {
    for (const node of gpuCluster.nodes) {
      const random = randomOf(`${story.seed}|gpu|${node}|${day}`)
      let left = 24_000_000n
      for (const [team, share] of gpuCluster.shares) {
        const hours = (24_000_000n * BigInt(share) * BigInt(random.between(700, 1300))) / 1_000_000n
        const part = hours < left ? hours : left
        bill.usage(gpuCluster.meter(node, { cluster: 'gpu-shared', team, 'cost-center': costCenters[team] }), day, part)
        left -= part
      }
      bill.usage(gpuCluster.meter(node, { cluster: 'gpu-shared', 'sora:idle': 'true' }), day, left)
    }
  }
  bill.reservation(awsReservation.meter, awsReservation.commitment, (day) =>
    randomOf(`${story.seed}|ri|${day}`).chance(250) ? 24 : 48,
  )
  tokenLines(bill, ['bedrockHaiku'], use, () => awsAccounts.prod)
  const support = {
    service: 'AWS Support',
    category: 'Management and Governance',
    subcategory: 'Support',
    subAccount: awsAccounts.prod,
  }
  bill.subscription(
    {
      ...support,
      sku: 'SUPPORT-BUSINESS',
      meter: 'Support Plan',
      description: 'AWS Support (Business), monthly fee',
      unit: 'Months',
      price: '0',
      tags: null,
    },
    month.first,
    '480',
  )
  for (const day of bill.days)
    bill.other('Tax', support, { from: day, to: day + 1 }, permilleOf(bill.billedOn(day), 100), 'Value added tax, 10%')
  const outage = { service: 'Amazon EKS', category: 'Compute', subcategory: 'Containers', subAccount: awsAccounts.prod }
  const nth = story.months.findIndex((m) => m.text === month.text)
  if (nth === 4) bill.credit(outage, month.first + 11, decimal('212.4'), 'Service level credit, EKS control plane')
  if (nth === 8) {
    const from = month.first - 9
    bill.other(
      'Adjustment',
      { ...outage, service: 'Amazon EC2', subcategory: 'Virtual Machines' },
      { from, to: from + 1 },
      decimal('-148.608'),
      'Refund: server billed after it was stopped',
      true,
    )
  }
}

function googleBill(bill: Bill, use: (day: number) => DailyUse[]): void {
  daily(bill, gcpResources)
  tokenLines(bill, ['gemini'], use, () => gcpAccountOf('prod'))
  const startup = {
    service: 'BigQuery',
    category: 'Databases',
    subcategory: 'Data Warehouses',
    subAccount: gcpAccountOf('research'),
  }
  // A start-up credit that ends with the price change: a rise which is no use of anything.
  for (const day of bill.days)
    if (day < bill.story.priceChangeDay) bill.credit(startup, day, decimal('9.5'), 'Start-up program credit')
}

function azureBill(bill: Bill, use: (day: number) => DailyUse[], corrected: boolean): void {
  const rates = (meter: MeteredResource['meter']): MeteredResource['meter'] =>
    // The first version of the restated month charged the list price of a wrong tier for the big servers.
    bill.month.text === bill.story.restatedMonth.text && !corrected && meter.sku === 'AZ-E8S-V5'
      ? { ...meter, price: '0.7392' }
      : meter
  daily(
    bill,
    azureResources.map(({ meter, load }) => ({ meter: rates(meter), load })),
  )
  tokenLines(
    bill,
    ['azureGpt41'],
    use,
    () => azureAccountOf('prod'),
    (model, team) => ({
      id: azureResourceId(
        azureAccountOf('prod'),
        'Microsoft.CognitiveServices/accounts/oai-sora-krc/deployments',
        `${model}-${team}`,
      ),
      name: `${model}-${team}`,
      type: 'Azure OpenAI Deployment',
    }),
  )
  const nth = bill.story.months.findIndex((m) => m.text === bill.month.text)
  if (nth === 6)
    bill.credit(
      {
        service: 'Virtual Machines',
        category: 'Compute',
        subcategory: 'Virtual Machines',
        subAccount: azureAccountOf('prod'),
      },
      bill.month.first + 3,
      decimal('185000'),
      'Azure credit offer',
    )
}

function openaiBill(bill: Bill, use: (day: number) => DailyUse[]): void {
  tokenLines(bill, ['gpt51', 'gpt5mini', 'embedding'], use, (team) => ({
    id: `proj_${team.replaceAll('-', '')}`,
    name: team,
  }))
}

function anthropicBill(bill: Bill, use: (day: number) => DailyUse[]): void {
  tokenLines(bill, ['sonnet', 'haiku'], use, (team: Team) => ({ id: `wrkspc_${team.replaceAll('-', '')}`, name: team }))
}

const writers = {
  aws: awsBill,
  googleCloud: googleBill,
  azure: (bill: Bill, use: (day: number) => DailyUse[]) => azureBill(bill, use, false),
  yandexCloud: (bill: Bill) => daily(bill, yandexResources),
  openai: openaiBill,
  anthropic: anthropicBill,
} as const satisfies Record<keyof typeof billers, (bill: Bill, use: (day: number) => DailyUse[]) => void>

function sumOf(charges: readonly Charge[], column: keyof SampleSums): string {
  return text(charges.reduce((sum, charge) => plus(sum, decimal(charge[column])), zero))
}

function fileOf(bill: Bill, fileName: string, after: string | null): SampleFile {
  const version = bill.biller.versionOf(bill.story, bill.month)
  const content = focusCsv(version, bill.charges)
  return {
    fileName,
    connection: bill.biller.connection,
    serviceProviderName: bill.biller.serviceProviderName,
    version,
    currency: bill.biller.currency,
    month: bill.month.text,
    after,
    rows: bill.charges.length,
    sums: {
      BilledCost: sumOf(bill.charges, 'BilledCost'),
      EffectiveCost: sumOf(bill.charges, 'EffectiveCost'),
      ListCost: sumOf(bill.charges, 'ListCost'),
      ContractedCost: sumOf(bill.charges, 'ContractedCost'),
    },
    sha256: createHash('sha256').update(content).digest('hex'),
    content,
  }
}

export type BillPlan = {
  fileName: string
  connection: string
  month: Month
  after: string | null
  write: () => SampleFile
}

/** The bills of the story, newest month first; each is written only when asked for. The corrected version follows the one it corrects. */
export function planBills(story: Story): BillPlan[] {
  const use = meteredUse(story)
  const plans: BillPlan[] = []
  for (const month of [...story.months].reverse()) {
    const end = Math.min(month.end, story.lastBilledDay + 1)
    const suffix = end < month.end ? `${month.text}-to-${dayText(end - 1).slice(8)}` : month.text
    for (const key of Object.keys(billers) as (keyof typeof billers)[]) {
      const biller = billers[key]
      const fileName = `${biller.connection}-${suffix}.csv`
      const plan = (name: string, after: string | null, fill: (bill: Bill) => void) => {
        plans.push({
          fileName: name,
          connection: biller.connection,
          month,
          after,
          write: () => {
            const bill = new Bill(story, biller, month, end)
            fill(bill)
            return fileOf(bill, name, after)
          },
        })
      }
      plan(fileName, null, (bill) => writers[key](bill, use))
      if (key === 'azure' && month.text === story.restatedMonth.text)
        plan(`${biller.connection}-${suffix}-corrected.csv`, fileName, (bill) => azureBill(bill, use, true))
    }
  }
  return plans
}

/** A process that records usage until it is killed: `node --import tsx killed-writer.fixture.ts FOLDER`. Prints what was acknowledged. */
import { pathToFileURL } from 'node:url'
import { migrateClickHouse, openClickHouse } from '../../storage/clickhouse'
import { recordUsage } from './record-usage'
import type { UsageEvent } from './usage-event'

export const writerScope = { organizationId: '0198c0de-0000-7000-8000-000000000000', actor: 'test' }
const costOfOne = '0.000001'
export const costOfCorrected = '0.000002'

/** What the provider's log says of the n-th event of the writer: twice as much, which corrects it. */
export const correctedEvent = (n: number): UsageEvent => ({
  ...writtenEvent(n),
  source: 'provider',
  leaves: [{ unit: 'input.text.plain', quantity: 2, cost: costOfCorrected }],
  cost: costOfCorrected,
})

/** The n-th event of the writer, always the same. */
export function writtenEvent(n: number): UsageEvent {
  return {
    traceId: n.toString(16).padStart(32, 'a'),
    attemptId: n.toString(16).padStart(16, '0'),
    parentId: '',
    responseId: '',
    source: 'span',
    kind: 'call',
    callId: '',
    startedAt: Date.UTC(2026, 10, 20) + n,
    durationMs: 1,
    isError: false,
    provider: 'openai',
    serviceProviderName: 'OpenAI',
    serviceName: 'OpenAI API',
    accountId: '',
    requestModel: 'gpt-5',
    model: 'gpt-5',
    operation: 'chat',
    serviceTier: '',
    region: '',
    team: '',
    project: '',
    feature: '',
    experiment: '',
    run: '',
    customer: '',
    environment: '',
    service: '',
    leaves: [{ unit: 'input.text.plain', quantity: 1, cost: costOfOne }],
    cost: costOfOne,
    currency: 'USD',
    usageStatus: 'exact',
    costStatus: 'priced',
    priceVersion: '',
    pricePath: 'exact',
    dialect: '',
    rawShape: '',
    rawCounts: [],
    attributes: {},
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const clickhouse = await openClickHouse({ path: process.argv[2] })
  await migrateClickHouse(clickhouse)
  for (let n = 0; ; n += 10) {
    const ten = Array.from({ length: 10 }, (_, i) => n + i)
    await recordUsage(clickhouse, writerScope, ten.map(writtenEvent))
    await recordUsage(clickhouse, writerScope, ten.map(correctedEvent))
    process.stdout.write(`${n + 10}\n`)
  }
}

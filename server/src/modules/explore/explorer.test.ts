import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { announceLedgerChange } from '../ledger'
import { AnswerCache } from './answer-cache'
import { answerQuestion } from './answer-question'
import { describeRegistry } from './describe-registry'
import { dimensions } from './dimensions'
import { type LedgerFixture, openLedgerFixture, question } from './ledger-fixture'
import { metrics } from './metrics'

let ledger: LedgerFixture
const scope = () => ({ organizationId: ledger.organizationId, actor: 'test' })
const asked = question({
  metrics: ['calls', 'effective_cost'],
  dimensions: ['model'],
  period: { from: '2026-01-01', to: '2026-02-01' },
})

beforeAll(async () => {
  ledger = await openLedgerFixture()
  await ledger.calls([{}])
})
afterAll(() => ledger.close())

test('fifty people asking the same at once cost one computation, kept until the ledger changes', async () => {
  const query = vi.spyOn(ledger.clickhouse, 'query')
  const statements = () => query.mock.calls.filter(([{ name }]) => /answerQuestion|keepUsage/.test(name)).length
  const answers = await Promise.all(Array.from({ length: 50 }, () => answerQuestion(ledger.explorer, scope(), asked)))
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  expect(answers[0]!.totals).toEqual([[null, '1', '0.003']])
  expect(statements()).toBe(1)

  await ledger.calls([{}])
  announceLedgerChange('00000000-0000-4000-8000-00000000000f', 'usage')
  await answerQuestion(ledger.explorer, scope(), asked)
  expect(statements()).toBe(1)
  announceLedgerChange(ledger.organizationId, 'usage')
  expect((await answerQuestion(ledger.explorer, scope(), asked)).totals).toEqual([[null, '2', '0.006']])
  expect(statements()).toBe(2)
  query.mockRestore()
})

test('fifty different questions at once run a few at a time and all get their answer', async () => {
  let running = 0
  let most = 0
  const original = ledger.clickhouse.query.bind(ledger.clickhouse)
  const query = vi.spyOn(ledger.clickhouse, 'query').mockImplementation(async (statement) => {
    most = Math.max(most, ++running)
    try {
      return (await original(statement)) as never
    } finally {
      running--
    }
  })
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) => answerQuestion(ledger.explorer, scope(), { ...asked, limit: 100 + i })),
  )
  expect(answers.every((answer) => answer.totals[0]![1] === '2')).toBe(true)
  expect(most).toBeLessThanOrEqual(4)
  query.mockRestore()
})

test('after a new call, questions that differ in split, filter and period read its day once, and no other day', async () => {
  const july = { from: '2026-07-01', to: '2026-08-01' }
  await ledger.calls([{ StartedAt: '2026-07-05 10:00:00.000' }, { StartedAt: '2026-07-06 10:00:00.000', Team: 'a' }])
  const ask = (more: object) =>
    answerQuestion(ledger.explorer, scope(), question({ ...asked, period: july, ...more } as typeof asked))
  const different = [
    { dimensions: ['team'] },
    { filters: [{ dimension: 'team', in: ['a'] }] },
    { metrics: ['tokens_total'], granularity: 'day' as const },
    { period: { from: '2026-07-05', to: '2026-07-07' } },
  ]
  await Promise.all(different.map(ask))
  const query = vi.spyOn(ledger.clickhouse, 'query')
  const at = Date.parse('2026-07-06T11:00:00Z')
  await ledger.calls([{ StartedAt: '2026-07-06 11:00:00.000', Team: 'a' }])
  announceLedgerChange(ledger.organizationId, 'usage', { from: at, to: at })
  const answers = await Promise.all(different.map(ask))
  expect(answers.map(({ totals }) => totals[0]!.filter((cell) => cell !== null)[0])).toEqual(['3', '2', '330', '3'])
  const read = query.mock.calls
    .map(([statement]) => statement)
    .filter(({ name }) => /answerQuestion|keepUsage/.test(name))
  expect(read.map(({ name, params }) => [name, params!.first, params!.end])).toEqual([
    ['explore.keepUsage', Date.UTC(2026, 6, 6) / 1000, Date.UTC(2026, 6, 7) / 1000],
  ])
  query.mockRestore()
})

test('a failed computation is not kept, and the oldest answers go when the room is full', async () => {
  const cache = new AnswerCache(100, Number.POSITIVE_INFINITY)
  await expect(
    cache.get(
      'a',
      () => Promise.reject(new Error('once')),
      () => 1,
    ),
  ).rejects.toThrow('once')
  let computed = 0
  const get = (key: string) =>
    cache.get(
      key,
      async () => ++computed,
      () => 20,
    )
  await get('a')
  for (const key of ['b', 'c', 'd', 'a', 'e']) await get(key)
  expect(computed).toBe(5)
  await get('a')
  expect(computed).toBe(5)
  await get('b')
  expect(computed).toBe(6)
})

test('every metric and dimension can be asked, and is named and explained in three languages', async () => {
  await ledger.bill([{ x_Tags: { 'cost-center': '7' }, x_Extra: { x_Discount: '1' } }])
  for (const entry of [...metrics, ...dimensions]) {
    expect(entry.name.ko + entry.explanation.ko, entry.id).toMatch(/[가-힣]|SKU/)
    expect(entry.explanation.ru, entry.id).toMatch(/[а-яё]/i)
    expect(entry.explanation.en.length, entry.id).toBeGreaterThan(10)
  }
  const period = { from: '2026-01-01', to: '2026-02-01' }
  for (let i = 0; i < dimensions.length; i += 8) {
    const ids = dimensions.slice(i, i + 8).map((dimension) => dimension.id)
    const answer = await answerQuestion(
      ledger.explorer,
      scope(),
      question({ metrics: ['effective_cost', 'charges'], dimensions: ids, period }),
    )
    expect(answer.rows.length, ids.join()).toBeGreaterThan(0)
  }
  for (let i = 0; i < metrics.length; i += 8) {
    await answerQuestion(
      ledger.explorer,
      scope(),
      question({
        metrics: metrics.slice(i, i + 8).map((metric) => metric.id),
        dimensions: ['model'],
        granularity: 'day',
        period,
      }),
    )
  }
  const registry = await describeRegistry(ledger.explorer, scope())
  expect(registry.tagKeys).toEqual(['cost-center'])
  expect(registry.extraColumns).toEqual(['x_Discount'])
  const columns = await ledger.clickhouse.query<{ name: string; type: string }>({
    name: 'test',
    sql: "SELECT name, type FROM system.columns WHERE table = 'charges_v1' AND database = currentDatabase() AND NOT startsWith(name, 'x_')",
  })
  const texts = columns.filter(({ type }) => type.includes('String')).map(({ name }) => name)
  expect(dimensions.map((dimension) => dimension.focusColumn)).toEqual(expect.arrayContaining(texts))
})

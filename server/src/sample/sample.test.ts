import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPriceBook, quote, usageFromOtelAttributes } from '@infrazen/ai-cost'
import { afterAll, describe, expect, it } from 'vitest'
import { formatDecimal, parseDecimal, subtractDecimals, sumDecimals } from '../primitives/money'
import { planBills } from './bills'
import { DAY, dayOf, dayText, SEOUL_OFFSET, storyAt, weekdayOf } from './calendar'
import { type Call, callsOfDay, meteredUse } from './calls'
import { type SoldModel, soldModels } from './company'
import { exportRequest } from './otlp'
import { writeSampleFiles } from './write-sample-files'

const now = new Date('2026-11-25T05:32:00Z')
const story = storyAt(now.getTime(), 'test')
const folders: string[] = []
const folder = () => {
  const made = mkdtempSync(join(tmpdir(), 'sample-'))
  folders.push(made)
  return made
}
afterAll(() => {
  for (const made of folders) rmSync(made, { recursive: true, force: true })
})

/** A reader of the CSV that the generator writes; knows nothing of the writer. */
function readCsv(text: string): Record<string, string>[] {
  const records: string[][] = []
  let record: string[] = []
  let cell = ''
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (quoted) {
      if (c === '"' && text[i + 1] === '"') {
        cell += '"'
        i++
      } else if (c === '"') quoted = false
      else cell += c
    } else if (c === '"') quoted = true
    else if (c === ',' || c === '\n') {
      record.push(cell)
      cell = ''
      if (c === '\n') {
        records.push(record)
        record = []
      }
    } else cell += c
  }
  const header = records.shift() ?? []
  return records.map((cells) => {
    expect(cells.length).toBe(header.length)
    return Object.fromEntries(header.map((name, i) => [name, cells[i] ?? '']))
  })
}

const first = folder()
const files = writeSampleFiles(first, { now, seed: 'test' })
const rowsOf = new Map(files.map((file) => [file.fileName, readCsv(readFileSync(join(first, file.fileName), 'utf8'))]))
const everyRow = [...rowsOf].flatMap(([fileName, rows]) => rows.map((row) => ({ fileName, row })))
const amounts = ['BilledCost', 'EffectiveCost', 'ListCost', 'ContractedCost'] as const
const product = (a: string, b: string) => {
  const [x, y] = [parseDecimal(a), parseDecimal(b)]
  if (!x || !y) throw new Error(`${a} × ${b}`)
  return { units: x.units * y.units, scale: x.scale + y.scale }
}

describe('the bills', () => {
  it('are the same bytes for the same day and seed, and others for another seed', () => {
    const again = writeSampleFiles(folder(), { now: new Date('2026-11-25T20:00:00Z'), seed: 'test', months: 2 })
    const other = writeSampleFiles(folder(), { now, seed: 'other', months: 1 })
    for (const file of again)
      expect(file.sha256).toBe(files.find((candidate) => candidate.fileName === file.fileName)?.sha256)
    expect(other[0]?.sha256).not.toBe(files.find((candidate) => candidate.fileName === other[0]?.fileName)?.sha256)
    for (const file of files.slice(0, 5))
      expect(
        createHash('sha256')
          .update(readFileSync(join(first, file.fileName)))
          .digest('hex'),
      ).toBe(file.sha256)
  })

  it('cover thirteen months of six providers in three currencies and four versions of FOCUS', () => {
    expect(files.length).toBe(13 * 6 + 1)
    expect(new Set(files.map((file) => file.serviceProviderName))).toEqual(
      new Set(['Amazon Web Services', 'Google Cloud', 'Microsoft', 'Yandex Cloud', 'OpenAI', 'Anthropic']),
    )
    expect(new Set(files.map((file) => file.currency))).toEqual(new Set(['USD', 'KRW', 'RUB']))
    expect(new Set(files.map((file) => file.version))).toEqual(new Set(['1.0', '1.2', '1.3', '1.4']))
    const total = files.reduce((sum, file) => sum + file.rows, 0)
    expect(total).toBeGreaterThan(40_000)
    expect(total).toBeLessThan(75_000)
    expect(files.every((file) => file.rows > 100)).toBe(true)
  })

  it('state sums that are the sums of their rows, to the last digit', () => {
    for (const file of files) {
      const rows = rowsOf.get(file.fileName) ?? []
      expect(rows.length).toBe(file.rows)
      for (const column of amounts)
        expect(sumDecimals(rows.map((row) => row[column] ?? 'missing'))).toBe(file.sums[column])
    }
  })

  it('hold only well-formed rows: decimals, order of periods, prices that give the costs', () => {
    const number = /^-?\d+(\.\d+)?$/
    const wrong: string[] = []
    const check = (ok: boolean, what: string) => {
      if (!ok && wrong.length < 10) wrong.push(what)
    }
    const end = dayText(story.lastBilledDay + 1)
    for (const { fileName, row } of everyRow) {
      const where = `${fileName} ${row.ChargeDescription} ${row.ChargePeriodStart}`
      for (const column of amounts) check(number.test(row[column] ?? ''), `${where} ${column}=${row[column]}`)
      for (const [name, value] of Object.entries(row)) {
        if (/(Cost|Price|Quantity)$/.test(name) && value !== '') check(number.test(value), `${where} ${name}=${value}`)
        check(!/undefined|NaN|\[object|NULL/.test(value), `${where} ${name}=${value}`)
      }
      check((row.ChargePeriodStart ?? '') < (row.ChargePeriodEnd ?? ''), `${where} period`)
      check((row.BillingPeriodStart ?? '') < (row.BillingPeriodEnd ?? ''), `${where} billing period`)
      if (row.ChargeClass !== 'Correction')
        check(
          (row.ChargePeriodStart ?? '') >= (row.BillingPeriodStart ?? '') &&
            (row.ChargePeriodEnd ?? '') <= (row.BillingPeriodEnd ?? ''),
          `${where} outside its bill`,
        )
      if (row.ChargeCategory === 'Usage')
        check((row.ChargePeriodEnd ?? '') <= `${end}T00:00:00Z`, `${where} is in the future`)
      if (row.PricingQuantity && row.ListUnitPrice && row.ContractedUnitPrice) {
        for (const [price, cost] of [
          ['ListUnitPrice', 'ListCost'],
          ['ContractedUnitPrice', 'ContractedCost'],
        ] as const) {
          const expected = product(row[price] ?? '', row.PricingQuantity)
          const stated = parseDecimal(row[cost] ?? '')
          check(
            stated !== null &&
              stated.units * 10n ** BigInt(expected.scale) === expected.units * 10n ** BigInt(stated.scale),
            `${where} ${cost}`,
          )
        }
      }
      check((row.ChargeCategory === 'Tax') <= (row.SkuId === ''), `${where} tax with a SKU`)
      check((row.ServiceProviderName ?? row.ProviderName ?? '') !== '', `${where} provider`)
      if (row.Tags) JSON.parse(row.Tags)
    }
    expect(wrong).toEqual([])
  })

  it('tell the stories: reservation, idle, credit, tax, refund, price change, tags of every quality', () => {
    const october = (rowsOf.get('aws-2026-10.csv') ?? []).filter((row) => row.CommitmentDiscountId)
    const purchase = sumDecimals(
      october.filter((row) => row.ChargeCategory === 'Purchase').map((row) => row.BilledCost ?? ''),
    )
    const covered = sumDecimals(
      october.filter((row) => row.ChargeCategory === 'Usage').map((row) => row.EffectiveCost ?? ''),
    )
    expect(covered).toBe(purchase)
    expect(new Set(october.map((row) => row.CommitmentDiscountStatus))).toEqual(new Set(['', 'Used', 'Unused']))
    expect(new Set(everyRow.map(({ row }) => row.ChargeCategory))).toEqual(
      new Set(['Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment']),
    )
    expect(everyRow.some(({ row }) => row.ChargeClass === 'Correction' && row.BilledCost?.startsWith('-'))).toBe(true)

    const gpu = everyRow.filter(({ row }) => row.Tags?.includes('gpu-shared')).map(({ row }) => row)
    for (const day of ['2026-01-15', '2026-10-15']) {
      const hours = gpu.filter((row) => row.ChargePeriodStart?.startsWith(day)).map((row) => row.ConsumedQuantity ?? '')
      expect(sumDecimals(hours)).toBe('24')
    }
    const prices = new Set(gpu.map((row) => row.ListUnitPrice))
    expect(prices).toEqual(new Set(['6.042', '5.3172']))

    const teams = new Set(
      everyRow
        .filter(({ row }) => row.Tags)
        .flatMap(({ row }) =>
          Object.entries(JSON.parse(row.Tags ?? '{}') as Record<string, string>).map(
            ([key, value]) => `${key}=${value}`,
          ),
        ),
    )
    expect([...teams].some((tag) => tag.startsWith('Team='))).toBe(true)
    expect(everyRow.some(({ row }) => row.Tags === '' && row.ResourceId !== '')).toBe(true)
    expect(everyRow.some(({ row }) => row.Tags?.includes('run-482'))).toBe(true)
  })

  it('restate one month with the same lines and other amounts', () => {
    const before = files.find((file) => file.fileName === 'azure-2026-09.csv')
    const after = files.find((file) => file.fileName === 'azure-2026-09-corrected.csv')
    expect(after?.after).toBe('azure-2026-09.csv')
    expect(after?.rows).toBe(before?.rows)
    expect(subtractDecimals(before?.sums.BilledCost ?? '', after?.sums.BilledCost ?? '').startsWith('-')).toBe(false)
    expect(before?.sums.BilledCost).not.toBe(after?.sums.BilledCost)
    expect(files.indexOf(before as never)).toBeLessThan(files.indexOf(after as never))
  })

  it('go on when the demo is started again days later, and keep the dates of the story', () => {
    const later = storyAt(now.getTime() + 9 * DAY, 'test', now.getTime())
    expect(later.runawayDay).toBe(story.runawayDay)
    expect(later.months.length).toBe(14)
    const closed = planBills(later).find((plan) => plan.fileName === 'openai-2026-10.csv')
    expect(closed?.write().sha256).toBe(files.find((file) => file.fileName === 'openai-2026-10.csv')?.sha256)
    expect(JSON.stringify(callsOfDay(later, story.today - 3))).toBe(JSON.stringify(callsOfDay(story, story.today - 3)))
  })
})

const days = Array.from({ length: 61 }, (_, i) => story.firstCallDay + i)
const calls = days.map((day) => callsOfDay(story, day))
const all = calls.flat()

/** Nano-dollars of tokens at prices for a million. */
function costOf(call: Call): bigint | null {
  const { prices } = soldModels[call.model] as SoldModel
  if (!prices) return null
  const part = (tokens: number, price: string | null) =>
    tokens === 0 ? 0n : BigInt(tokens) * BigInt(Math.round(Number(price) * 1000))
  return (
    part(call.inputTokens - call.cacheReadTokens - call.cacheWriteTokens, prices.input) +
    part(call.cacheReadTokens, prices.cacheRead) +
    part(call.cacheWriteTokens, prices.cacheWrite) +
    part(call.outputTokens, prices.output)
  )
}

type Span = {
  traceId: string
  spanId: string
  name: string
  startTimeUnixNano: string
  attributes: { key: string; value: { stringValue: string } | { intValue: string } }[]
}
function spansOf(some: readonly Call[]): Span[] {
  const request = JSON.parse(exportRequest(some)) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] }
  return request.resourceSpans.flatMap((resource) => resource.scopeSpans.flatMap((scope) => scope.spans))
}

describe('the calls', () => {
  it('are the same for the same day and seed, and no two have the same identity', () => {
    expect(JSON.stringify(callsOfDay(storyAt(now.getTime(), 'test'), story.today - 4))).toBe(JSON.stringify(calls[56]))
    expect(new Set(all.map((call) => call.traceId + call.spanId)).size).toBe(all.length)
  })

  it('number sixty to a hundred and thirty thousand, with whole and consistent token counts', () => {
    expect(all.length).toBeGreaterThan(60_000)
    expect(all.length).toBeLessThan(130_000)
    for (const call of all) {
      const counts = [
        call.inputTokens,
        call.cacheReadTokens,
        call.cacheWriteTokens,
        call.outputTokens,
        call.reasoningTokens,
        call.durationMs,
      ]
      if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0)) throw new Error(JSON.stringify(call))
      if (
        call.cacheReadTokens + call.cacheWriteTokens > call.inputTokens ||
        call.reasoningTokens > call.outputTokens ||
        call.inputTokens > 190_000
      )
        throw new Error(JSON.stringify(call))
      if (dayOf(call.startedAt) < story.firstCallDay || dayOf(call.startedAt) > story.today)
        throw new Error(JSON.stringify(call))
    }
    const failed = all.filter((call) => call.error !== '').length / all.length
    expect(failed).toBeGreaterThan(0.005)
    expect(failed).toBeLessThan(0.02)
  })

  it('follow the rhythm of day and week, and come in bursts', () => {
    const byHour = Array.from({ length: 24 }, () => 0)
    const byWeekday = Array.from({ length: 7 }, () => 0)
    for (const call of all) {
      if (call.run === 'run-482') continue
      const local = call.startedAt + SEOUL_OFFSET
      const hour = Math.floor((local % DAY) / 3_600_000)
      byHour[hour] = (byHour[hour] ?? 0) + 1
      const weekday = weekdayOf(Math.floor(local / DAY))
      byWeekday[weekday] = (byWeekday[weekday] ?? 0) + 1
    }
    expect((byHour[10] ?? 0) / (byHour[4] ?? 1)).toBeGreaterThan(1.5)
    expect((byWeekday[2] ?? 0) / (byWeekday[6] ?? 1)).toBeGreaterThan(1.15)
    const times = (calls[30] ?? []).filter((call) => call.feature === 'rider-chat').map((call) => call.startedAt)
    const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0))
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length)
    expect(deviation / mean).toBeGreaterThan(1.15)
  })

  it('run away once, for five hours, on a working day, and cost more than the day before and after together', () => {
    const runaway = all.filter((call) => call.run === 'run-482')
    const minutes =
      (Math.max(...runaway.map((call) => call.startedAt)) - Math.min(...runaway.map((call) => call.startedAt))) / 60_000
    expect(minutes).toBeGreaterThan(295)
    expect(minutes).toBeLessThanOrEqual(300)
    expect(weekdayOf(story.runawayDay)).toBe(3)
    const ofDay = (day: number) =>
      (calls[day - story.firstCallDay] ?? []).reduce((sum, call) => sum + (costOf(call) ?? 0n), 0n)
    expect(ofDay(story.runawayDay)).toBeGreaterThan(ofDay(story.runawayDay - 1) + ofDay(story.runawayDay + 1))
  })

  it('cost what the bill says, a little less: some calls are never reported', () => {
    const use = meteredUse(story)
    for (const day of days.slice(0, 59)) {
      let billed = 0n
      for (const row of use(day)) {
        const { prices } = soldModels[row.model] as SoldModel
        for (const kind of ['input', 'cacheRead', 'cacheWrite', 'output'] as const) {
          const price = prices?.[kind]
          if (price) billed += BigInt(row[kind]) * BigInt(Math.round(Number(price) * 1000))
        }
      }
      const estimated = (calls[day - story.firstCallDay] ?? []).reduce((sum, call) => sum + (costOf(call) ?? 0n), 0n)
      const permille = Number(((billed - estimated) * 10_000n) / estimated) / 10
      expect(permille).toBeGreaterThan(0)
      expect(permille).toBeLessThan(10)
    }
  })

  it('have the tokens of the Anthropic bill within a hundredth, read back from its file', () => {
    const rows = rowsOf.get('anthropic-2026-11-to-23.csv') ?? []
    const billed = rows
      .filter((row) => row.SkuMeter === 'Output Tokens')
      .reduce((sum, row) => sum + Number(row.ConsumedQuantity), 0)
    const from = Date.UTC(2026, 10, 1)
    const called = all
      .filter(
        (call) =>
          soldModels[call.model].provider === 'anthropic' &&
          call.startedAt >= from &&
          dayOf(call.startedAt) <= story.lastBilledDay,
      )
      .reduce((sum, call) => sum + call.outputTokens, 0)
    expect(billed / called).toBeGreaterThan(1)
    expect(billed / called).toBeLessThan(1.01)
    expect(JSON.parse(rows[0]?.SkuPriceDetails ?? '{}')).toHaveProperty('x_ModelId')
  })

  it('are priced by the price book at what the bills charge, but for the model that nobody sells', () => {
    const book = openPriceBook()
    const byId = new Map(all.map((call) => [call.traceId + call.spanId, call]))
    const seen = new Set<string>()
    for (const span of spansOf(calls[40] ?? [])) {
      const attributes = Object.fromEntries(
        span.attributes.map(({ key, value }) => [
          key,
          'intValue' in value ? Number(value.intValue) : value.stringValue,
        ]),
      )
      const usage = usageFromOtelAttributes(attributes, {
        name: span.name,
        scopeName: 'sora.genai',
        scopeVersion: '1.0.0',
      })
      const call = byId.get(span.traceId + span.spanId)
      if (!usage || !call) throw new Error(`not understood: ${JSON.stringify(span)}`)
      if (call.error === '' && seen.has(usage.model) && seen.size > 8) continue
      const answer = quote(book, {
        provider: usage.provider,
        model: usage.model,
        region: usage.region,
        at: new Date(call.startedAt),
        leaves: usage.leaves,
      })
      const expected = costOf(call)
      if (expected === null) expect(answer.status).toBe('unpriced')
      else {
        expect(answer.status).toBe('priced')
        expect(answer.cost).toBe(formatDecimal({ units: expected, scale: 9 }))
      }
      seen.add(usage.model)
    }
    expect(seen).toEqual(new Set(Object.values(soldModels).map((sold) => sold.model)))
  })

  it('travel as OTLP that carries every call once', () => {
    const spans = spansOf(calls[10] ?? [])
    expect(spans.length).toBe(calls[10]?.length)
    expect(
      spans.every(
        (span) =>
          /^[0-9a-f]{32}$/.test(span.traceId) &&
          /^[0-9a-f]{16}$/.test(span.spanId) &&
          /^\d{19}$/.test(span.startTimeUnixNano),
      ),
    ).toBe(true)
  })
})

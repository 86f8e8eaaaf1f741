import { XMLParser } from 'fast-xml-parser'
import { unavailable } from '../../primitives/errors'
import type { PublishedRate, RateSource } from './rate'

const xml = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
})

/** Reads an answer of the European Central Bank (`eurofxref-daily.xml` and `-hist*.xml`). */
export function readEcb(bytes: Buffer): PublishedRate[] {
  const envelope = parse('ecb', new TextDecoder('utf-8').decode(bytes))['gesmes:Envelope'] as Node | undefined
  const days = list((envelope?.Cube as Node | undefined)?.Cube)
  const rates = days.flatMap((day) =>
    list(day.Cube).map((one) => ({
      currency: currencyOf('ecb', one.currency),
      day: dayOf('ecb', /^\d{4}-\d{2}-\d{2}$/.exec(String(day.time))?.[0]),
      nominal: '1',
      value: numberOf('ecb', one.rate),
    })),
  )
  return some('ecb', rates)
}

/** Reads a day of the Bank of Russia (`XML_daily.asp`): windows-1251, decimal comma, a nominal for each currency. */
export function readCbr(bytes: Buffer): PublishedRate[] {
  const table = parse('cbr', new TextDecoder('windows-1251').decode(bytes)).ValCurs as Node | undefined
  const [, date, month, year] = /^(\d{2})\.(\d{2})\.(\d{4})$/.exec(String(table?.Date)) ?? []
  const day = dayOf('cbr', year === undefined ? undefined : `${year}-${month}-${date}`)
  return some(
    'cbr',
    list(table?.Valute).map((one) => ({
      currency: currencyOf('cbr', one.CharCode),
      day,
      nominal: numberOf('cbr', one.Nominal),
      value: numberOf('cbr', one.Value),
    })),
  )
}

/** Currencies of the Bank of Korea's table 731Y001 that have a known item code, with the nominal of the item. */
export const bokItems: Record<string, { item: string; nominal: string }> = {
  USD: { item: '0000001', nominal: '1' },
  JPY: { item: '0000002', nominal: '100' },
  EUR: { item: '0000003', nominal: '1' },
}

/** Reads an answer of ECOS for one currency. An answer without rows (closed days) is an empty list. */
export function readBok(bytes: Buffer, currency: string): PublishedRate[] {
  let answer: { RESULT?: { CODE?: string; MESSAGE?: string }; StatisticSearch?: { row?: Record<string, string>[] } }
  try {
    answer = JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw unreadable('bok', 'it is not JSON', cause)
  }
  if (answer.RESULT) {
    if (answer.RESULT.CODE === 'INFO-200') return []
    throw unreadable('bok', `it says ${answer.RESULT.CODE}: ${answer.RESULT.MESSAGE}`)
  }
  const item = bokItems[currency]
  if (!item) throw new RangeError(`the Bank of Korea has no item for ${currency}`)
  return (answer.StatisticSearch?.row ?? []).map((row) => ({
    currency,
    day: dayOf('bok', row.TIME?.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3')),
    nominal: item.nominal,
    value: numberOf('bok', row.DATA_VALUE?.replaceAll(',', '')),
  }))
}

type Node = Record<string, unknown>

function parse(source: RateSource, text: string): Node {
  try {
    return xml.parse(text, true) as Node
  } catch (cause) {
    throw unreadable(source, 'it is not XML', cause)
  }
}

const list = (value: unknown): Node[] =>
  Array.isArray(value) ? value : value === undefined || value === '' ? [] : [value as Node]

function currencyOf(source: RateSource, value: unknown): string {
  if (typeof value !== 'string' || !/^[A-Z]{3}$/.test(value))
    throw unreadable(source, `${String(value)} is no currency`)
  return value
}

function dayOf(source: RateSource, value: string | undefined): string {
  if (value === undefined || Number.isNaN(Date.parse(`${value}T00:00:00Z`)))
    throw unreadable(source, 'a day is missing')
  return value
}

/** A published number, with decimal comma or point; never through a binary float. */
function numberOf(source: RateSource, value: unknown): string {
  const text = String(value).trim().replace(',', '.')
  if (!/^\d{1,15}(\.\d{1,15})?$/.test(text) || /^0*(\.0*)?$/.test(text))
    throw unreadable(source, `${String(value)} is no rate`)
  return text
}

function some(source: RateSource, rates: PublishedRate[]): PublishedRate[] {
  if (rates.length === 0) throw unreadable(source, 'it holds no rate')
  return rates
}

function unreadable(source: RateSource, why: string, cause?: unknown) {
  return unavailable(
    'rates_unreadable',
    `The answer of ${source} cannot be read: ${why}. The rates of before stay in force.`,
    { source },
    { cause },
  )
}

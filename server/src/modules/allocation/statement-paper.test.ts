import { inflateRawSync, inflateSync } from 'node:zlib'
import { expect, it } from 'vitest'
import type { Run, Statement } from './contract'
import { type PaperLocale, paperMoney, statementPdf, statementXlsx } from './statement-paper'

const run = {
  id: '01a20000-0000-7000-8000-000000000000',
  month: '2026-10',
  at: '2026-11-06T05:00:00.000000Z',
  ruleSetVersion: 3,
  proof: [{ equal: true }],
} as unknown as Run
const statement: Statement = {
  organization: '소라 모빌리티',
  month: '2026-10',
  unit: 'assistant',
  name: 'Ассистент 어시스턴트',
  owner: 'ann@example.com',
  costCenter: 'CC-1',
  state: 'closed',
  run,
  lines: ['0.123456789012345678901234567891', '-2'].map((amount, i) => ({
    unit: 'assistant',
    unitName: 'Ассистент',
    way: i === 0 ? ('direct' as const) : ('adjustment' as const),
    rule: 'team',
    pool: '',
    partition: '',
    provider: 'Yandex Cloud',
    service: 'YandexGPT',
    ofMonth: i === 0 ? '2026-10' : '2026-09',
    currency: 'USD',
    rows: 1,
    BilledCost: amount,
    EffectiveCost: amount,
    ListCost: null,
    ContractedCost: null,
  })),
  totals: [],
  previous: [],
  comments: [],
}

it('writes money as people of each language do, rounded once and never as minus zero', () => {
  const seen = (['en', 'ko', 'ru'] as PaperLocale[]).map((locale) => paperMoney('-1234567.005', 'USD', locale))
  expect(seen.map((text) => text.replace(/\s/g, ' '))).toEqual([
    '−1,234,567.01 USD',
    '−1,234,567.01 USD',
    '−1 234 567,01 USD',
  ])
  expect(paperMoney('-0.001', 'USD', 'en')).toBe('0.00 USD')
  expect(paperMoney('12345.5', 'KRW', 'ko')).toBe('12,346 KRW')
})

it.each(['en', 'ko', 'ru'] as const)(
  'prints a PDF in %s whose font is embedded and can spell Korean and Russian',
  async (locale) => {
    const pdf = await statementPdf(statement, 'EffectiveCost', locale)
    const text = pdf.toString('latin1')
    expect(text.startsWith('%PDF-')).toBe(true)
    expect(text).toMatch(/\/FontFile3/)
    expect(text).toMatch(/Pretendard-Regular/)
    // The map from glyphs to characters names what was printed: without a glyph a letter would be missing from it.
    const maps = [...text.matchAll(/stream\r?\n([\s\S]*?)\r?\nendstream/g)]
      .map(([, body]) => {
        try {
          return inflateSync(Buffer.from(body!, 'latin1')).toString('latin1')
        } catch {
          return ''
        }
      })
      .filter((body) => body.includes('beginbfrange'))
      .join('')
      .toLowerCase()
    for (const letter of ['А', 'т', '어', '소'])
      expect(maps).toContain(letter.codePointAt(0)!.toString(16).padStart(4, '0'))
  },
)

it('keeps every digit in XLSX beside the number that a sheet can add up', async () => {
  const xlsx = await statementXlsx(statement, 'EffectiveCost', 'ru')
  expect(xlsx.subarray(0, 2).toString()).toBe('PK')
  const strings = unzip(xlsx)
  expect(strings).toContain('0.123456789012345678901234567891')
  expect(strings).toContain('Корректировка: корректирует 2026-09')
  expect(strings).toContain('-1.876543210987654321098765432109')
})

/** Texts of all files in a zip, by the central directory. */
function unzip(zip: Buffer): string {
  let texts = ''
  let at = zip.readUInt32LE(zip.length - 22 + 16)
  while (zip.readUInt32LE(at) === 0x02014b50) {
    const [method, size, nameLength, extra, comment] = [
      zip.readUInt16LE(at + 10),
      zip.readUInt32LE(at + 20),
      zip.readUInt16LE(at + 28),
      zip.readUInt16LE(at + 30),
      zip.readUInt16LE(at + 32),
    ]
    const local = zip.readUInt32LE(at + 42)
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
    const body = zip.subarray(start, start + size)
    texts += (method === 8 ? inflateRawSync(body) : body).toString('utf8')
    at += 46 + nameLength + extra + comment
  }
  return texts
}

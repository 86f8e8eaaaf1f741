import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { metrics } from '../server/src/modules/explore/metrics'
import { formulaText } from '../web/src/i18n/formula-texts'
import { changeText, problemText } from '../web/src/i18n/problem-texts'

const server = fileURLToPath(new URL('../server/src', import.meta.url))
const sources = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return sources(path)
    return /\.ts$/.test(name) && !/\.(test|fixture)\.ts$/.test(name) ? [path] : []
  })

test('what an import says of rows, files and columns is said in Korean and Russian', () => {
  const codes = new Map<string, string>()
  for (const path of sources(join(server, 'modules/ingestion/imports'))) {
    const text = readFileSync(path, 'utf8')
    // invalid('code', 'message' … and refuse(name, at, 'code', 'message' … and { code: 'code', message: 'message' …
    for (const [, code, message] of text.matchAll(
      /(?:invalid\(|Failure\(\s*'\w+',|refuse\(\s*\S+,\s*[^,]+,|code:)\s*'([a-z_]+)',\s*(?:message:\s*)?['`]([^\n]*?)['`],?\s*\n/g,
    ))
      codes.set(code ?? '', (message ?? '').replace(/\$\{[^}]*\}/g, 'BilledCost'))
  }
  expect(codes.size).toBeGreaterThan(10)
  for (const [code, message] of codes)
    for (const locale of ['ko', 'ru'] as const) {
      const said = problemText({ code, message, column: 'BilledCost' }, locale)
      expect.soft(said, `${code} in ${locale}: ${message}`).toMatch(locale === 'ko' ? /[가-힣]/ : /[а-яё]/i)
      expect.soft(said, code).not.toMatch(/\{\w+\}/)
    }
})

test('every metric of the registry says its formula in Korean and Russian', () => {
  for (const metric of metrics) {
    expect.soft(formulaText(metric, 'ko'), metric.id).toMatch(/[가-힣]/)
    expect.soft(formulaText(metric, 'ru'), metric.id).toMatch(/[а-яё]/i)
    expect.soft(formulaText(metric, 'en')).toBe(metric.formula)
  }
})

test('parts of the message come along; what has no words stays as the server says it', () => {
  expect(
    problemText(
      { code: 'currency_assumed', message: 'The file names no currency; KRW was given with the import.' },
      'ru',
    ),
  ).toBe('В файле нет валюты; взята указанная при загрузке: KRW.')
  expect(changeText('ListCost: unit price × quantity', 'ko')).toBe('ListCost: 단가 × 수량')
  expect(problemText({ code: 'brand_new', message: 'Something new.' }, 'ko')).toBe('Something new.')
  expect(problemText({ code: 'value_missing', message: 'BilledCost is empty.' }, 'ru')).toBe('BilledCost is empty.')
  expect(problemText({ code: 'value_missing', message: 'x', column: 'BilledCost' }, 'en')).toBe('x')
})

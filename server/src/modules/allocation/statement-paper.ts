import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { subunitDecimals } from '@infrazen/focus'
import PDFDocument from 'pdfkit'
import writeXlsxFile, { type SheetData } from 'write-excel-file/node'
import { addScaled, formatDecimal, parseDecimal } from '../../primitives/money'
import { type CostColumn, costColumns, type Statement } from './contract'

export type PaperLocale = 'en' | 'ko' | 'ru'

const words = {
  en: {
    title: 'Statement',
    month: 'Month',
    unit: 'Unit',
    owner: 'Owner',
    costCenter: 'Cost centre',
    state: 'State',
    open: 'Draft: the month is open',
    closed: 'Final: the month is closed',
    run: 'Run',
    rules: 'Rules version',
    source: 'Provider and service',
    way: 'How',
    by: 'Rule or shared cost',
    amount: 'Amount',
    total: 'Total',
    unallocated: 'Unallocated',
    adjusts: 'adjusts',
    page: 'Page',
    comments: 'Comments and disputes',
    comment: 'Comment',
    dispute: 'Dispute',
    ways: {
      direct: 'Direct',
      usage: 'By usage',
      shared: 'Shared',
      unallocated: 'Unallocated',
      residual: 'Left over',
      adjustment: 'Adjustment',
    },
    columns: {
      BilledCost: 'Billed cost',
      EffectiveCost: 'Effective cost',
      ListCost: 'List cost',
      ContractedCost: 'Contracted cost',
    },
    proof: 'Parts of this run add up to the ledger to the last digit.',
  },
  ko: {
    title: '명세서',
    month: '월',
    unit: '조직 단위',
    owner: '책임자',
    costCenter: '코스트 센터',
    state: '상태',
    open: '초안: 마감 전',
    closed: '확정: 마감됨',
    run: '계산',
    rules: '규칙 버전',
    source: '공급자와 서비스',
    way: '방법',
    by: '규칙 또는 공유 비용',
    amount: '금액',
    total: '합계',
    unallocated: '미배분',
    adjusts: '조정 대상',
    page: '쪽',
    comments: '의견과 이의',
    comment: '의견',
    dispute: '이의',
    ways: {
      direct: '직접',
      usage: '사용량',
      shared: '공유',
      unallocated: '미배분',
      residual: '잔액',
      adjustment: '조정',
    },
    columns: {
      BilledCost: '청구 비용',
      EffectiveCost: '유효 비용',
      ListCost: '정가 비용',
      ContractedCost: '계약 비용',
    },
    proof: '이 계산의 모든 몫을 더하면 원장과 마지막 자릿수까지 같아요.',
  },
  ru: {
    title: 'Выписка',
    month: 'Месяц',
    unit: 'Подразделение',
    owner: 'Ответственный',
    costCenter: 'Центр затрат',
    state: 'Состояние',
    open: 'Черновик: месяц открыт',
    closed: 'Окончательно: месяц закрыт',
    run: 'Расчёт',
    rules: 'Версия правил',
    source: 'Поставщик и услуга',
    way: 'Способ',
    by: 'Правило или общие затраты',
    amount: 'Сумма',
    total: 'Итого',
    unallocated: 'Не распределено',
    adjusts: 'корректирует',
    page: 'Стр.',
    comments: 'Комментарии и возражения',
    comment: 'Комментарий',
    dispute: 'Возражение',
    ways: {
      direct: 'Напрямую',
      usage: 'По потреблению',
      shared: 'Общие',
      unallocated: 'Не распределено',
      residual: 'Остаток',
      adjustment: 'Корректировка',
    },
    columns: {
      BilledCost: 'Выставленная стоимость',
      EffectiveCost: 'Эффективная стоимость',
      ListCost: 'Прайсовая стоимость',
      ContractedCost: 'Договорная стоимость',
    },
    proof: 'Части этого расчёта сходятся с реестром до последней цифры.',
  },
} as const

const intl: Record<PaperLocale, string> = { en: 'en-US', ko: 'ko-KR', ru: 'ru-RU' }

type PaperLine = {
  source: string
  unit: string
  way: string
  by: string
  amounts: (string | null)[]
  currency: string
  amount: string
}

/** Lines that say the same are one on paper; largest first. */
function paperLines(statement: Statement, column: CostColumn, locale: PaperLocale): Map<string, PaperLine[]> {
  const t = words[locale]
  const byCurrency = new Map<string, Map<string, PaperLine>>()
  for (const line of statement.lines) {
    const amount = line[column]
    if (amount === null || line.currency === '') continue
    const way = line.way === 'adjustment' ? `${t.ways.adjustment}: ${t.adjusts} ${line.ofMonth}` : t.ways[line.way]
    const by = line.pool ? `${line.pool}${line.partition ? `: ${line.partition}` : ''}` : line.rule
    const key = JSON.stringify([line.unit, way, by, line.provider, line.service])
    const lines = byCurrency.get(line.currency) ?? new Map<string, PaperLine>()
    byCurrency.set(line.currency, lines)
    const known = lines.get(key)
    const amounts = costColumns.map((name) => line[name])
    lines.set(key, {
      source: [line.provider, line.service].filter(Boolean).join(', '),
      unit: line.unit === '' ? t.unallocated : line.unitName,
      way,
      by,
      currency: line.currency,
      amounts: known ? known.amounts.map((value, i) => plus(value, amounts[i] ?? null)) : amounts,
      amount: plus(known?.amount ?? null, amount) ?? '0',
    })
  }
  return new Map(
    [...byCurrency]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([currency, lines]) => [currency, [...lines.values()].sort((a, b) => compareText(b.amount, a.amount))]),
  )
}

function plus(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b
  return formatDecimal(addScaled(parseDecimal(a)!, parseDecimal(b)!))
}

function compareText(a: string, b: string): number {
  const left = parseDecimal(a)!
  const right = parseDecimal(b)!
  const difference = addScaled(left, { units: -right.units, scale: right.scale }).units
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/** An amount in whole subunits of its currency, in the reader's way of writing numbers. Rounded once, half away from zero. */
export function paperMoney(amount: string, currency: string, locale: PaperLocale): string {
  const digits = subunitDecimals(currency)
  const { units, scale } = parseDecimal(amount)!
  const size = units < 0n ? -units : units
  const step = 10n ** BigInt(Math.abs(scale - digits))
  const rounded = scale > digits ? (size + step / 2n) / step : size * step
  const text = rounded.toString().padStart(digits + 1, '0')
  const whole = BigInt(digits === 0 ? text : text.slice(0, -digits)).toLocaleString(intl[locale])
  const mark = locale === 'ru' ? ',' : '.'
  return `${units < 0n && rounded !== 0n ? '\u2212' : ''}${whole}${digits === 0 ? '' : `${mark}${text.slice(-digits)}`} ${currency}`
}

const require = createRequire(import.meta.url)
const fontFiles = {
  regular: () => readFileSync(require.resolve('pretendard/dist/public/static/Pretendard-Regular.otf')),
  bold: () => readFileSync(require.resolve('pretendard/dist/public/static/Pretendard-SemiBold.otf')),
}
let fonts: { regular: Buffer; bold: Buffer } | null = null

/** A statement as PDF, A4. The font holds Latin, Cyrillic and Korean; only what is used of it is embedded. */
export async function statementPdf(statement: Statement, column: CostColumn, locale: PaperLocale): Promise<Buffer> {
  const t = words[locale]
  fonts ??= { regular: fontFiles.regular(), bold: fontFiles.bold() }
  const name = statement.name || t.unallocated
  const doc = new PDFDocument({
    size: 'A4',
    margin: 46,
    bufferPages: true,
    lang: locale,
    info: {
      Title: `${t.title}: ${name}, ${statement.month}`,
      Author: statement.organization,
      CreationDate: new Date(statement.run.at),
    },
  })
  const pieces: Buffer[] = []
  doc.on('data', (piece: Buffer) => pieces.push(piece))
  const done = new Promise<void>((resolve) => doc.on('end', resolve))
  doc.registerFont('regular', fonts.regular)
  doc.registerFont('bold', fonts.bold)
  const left = doc.page.margins.left
  const width = doc.page.width - left * 2
  const bottom = doc.page.height - 60

  doc.font('regular').fontSize(10).fillColor('#626c7e').text(statement.organization)
  doc.font('bold').fontSize(20).fillColor('#161a22').text(`${t.title}: ${name}`)
  doc.moveDown(0.4)
  const facts: [string, string][] = [
    [t.month, statement.month],
    ...(statement.owner ? ([[t.owner, statement.owner]] as [string, string][]) : []),
    ...(statement.costCenter ? ([[t.costCenter, statement.costCenter]] as [string, string][]) : []),
    [t.state, statement.state === 'closed' ? t.closed : t.open],
    [t.rules, String(statement.run.ruleSetVersion)],
    [t.run, `${statement.run.id}, ${statement.run.at.slice(0, 16).replace('T', ' ')} UTC`],
  ]
  for (const [label, value] of facts) {
    doc.font('regular').fontSize(9).fillColor('#626c7e').text(label, left, doc.y, { width: 110, continued: false })
    doc
      .moveUp()
      .fillColor('#161a22')
      .text(value, left + 116, doc.y, { width: width - 116 })
  }

  const cells: [keyof Pick<PaperLine, 'source' | 'way' | 'by'> | 'amount', string, number, 'left' | 'right'][] = [
    ['source', t.source, 0.4, 'left'],
    ['way', t.way, 0.18, 'left'],
    ['by', t.by, 0.22, 'left'],
    ['amount', t.columns[column], 0.2, 'right'],
  ]
  const drawRow = (texts: string[], bold: boolean, line: string) => {
    doc.font(bold ? 'bold' : 'regular').fontSize(9)
    const heights = texts.map((text, i) => doc.heightOfString(text, { width: cells[i]![2] * width - 8 }))
    const height = Math.max(...heights) + 7
    if (doc.y + height > bottom) {
      doc.addPage()
      doc.y = 46
    }
    const top = doc.y
    let x = left
    for (const [i, text] of texts.entries()) {
      const [, , share, align] = cells[i]!
      doc.fillColor('#161a22').text(text, x + (align === 'right' ? 8 : 0), top + 3, { width: share * width - 8, align })
      x += share * width
    }
    doc
      .moveTo(left, top + height)
      .lineTo(left + width, top + height)
      .lineWidth(0.5)
      .strokeColor(line)
      .stroke()
    doc.x = left
    doc.y = top + height
  }
  for (const [currency, lines] of paperLines(statement, column, locale)) {
    doc.moveDown(1)
    doc.font('bold').fontSize(12).fillColor('#161a22').text(currency, left)
    drawRow(
      cells.map(([, label]) => label),
      true,
      '#c9ced8',
    )
    const severalUnits = new Set(lines.map((line) => line.unit)).size > 1
    for (const line of lines)
      drawRow(
        [
          severalUnits ? `${line.source} (${line.unit})` : line.source,
          line.way,
          line.by,
          paperMoney(line.amount, currency, locale),
        ],
        false,
        '#eceef2',
      )
    const total = lines.reduce<string | null>((sum, line) => plus(sum, line.amount), null) ?? '0'
    drawRow([t.total, '', '', paperMoney(total, currency, locale)], true, '#161a22')
  }
  if (statement.comments.length > 0) {
    doc.moveDown(1).font('bold').fontSize(11).text(t.comments, left)
    for (const comment of statement.comments)
      doc
        .font('regular')
        .fontSize(9)
        .text(
          `${comment.at.slice(0, 10)} ${comment.kind === 'dispute' ? t.dispute : t.comment}: ${comment.text}`,
          left,
          doc.y + 3,
          { width },
        )
  }
  if (statement.run.proof.every((proof) => proof.equal))
    doc.moveDown(1).font('regular').fontSize(9).fillColor('#626c7e').text(t.proof, left, doc.y, { width })

  const pages = doc.bufferedPageRange()
  for (let i = 0; i < pages.count; i++) {
    doc.switchToPage(i)
    doc.page.margins.bottom = 0
    doc
      .font('regular')
      .fontSize(8)
      .fillColor('#626c7e')
      .text(`${t.page} ${i + 1} / ${pages.count}`, left, doc.page.height - 36, {
        width,
        align: 'right',
        lineBreak: false,
      })
  }
  doc.end()
  await done
  return Buffer.concat(pieces)
}

/**
 * A statement as XLSX. Amounts are numbers, so that a sheet can add them up, with every digit in a text column beside: a
 * spreadsheet keeps fifteen digits of a number.
 */
export async function statementXlsx(statement: Statement, column: CostColumn, locale: PaperLocale): Promise<Buffer> {
  const t = words[locale]
  const bold = (value: string) => ({ value, fontWeight: 'bold' as const })
  const rows: SheetData = [
    [bold(`${t.title}: ${statement.name || t.unallocated}`)],
    [{ value: t.month }, { value: statement.month }],
    [{ value: t.owner }, { value: statement.owner }],
    [{ value: t.costCenter }, { value: statement.costCenter }],
    [{ value: t.state }, { value: statement.state === 'closed' ? t.closed : t.open }],
    [{ value: t.run }, { value: statement.run.id }],
    [],
    [t.source, t.unit, t.way, t.by, 'Currency', t.columns[column], ...costColumns.map((name) => name)].map(bold),
  ]
  for (const [currency, lines] of paperLines(statement, column, locale)) {
    const format = subunitDecimals(currency) === 0 ? '#,##0' : `#,##0.${'0'.repeat(subunitDecimals(currency))}`
    for (const line of lines)
      rows.push([
        { value: line.source },
        { value: line.unit },
        { value: line.way },
        { value: line.by },
        { value: currency },
        { value: Number(line.amount), format },
        ...line.amounts.map((amount) => ({ value: amount ?? '' })),
      ])
    const total = lines.reduce<string | null>((sum, line) => plus(sum, line.amount), null) ?? '0'
    rows.push([
      bold(t.total),
      { value: '' },
      { value: '' },
      { value: '' },
      bold(currency),
      { value: Number(total), format, fontWeight: 'bold' as const },
      { value: total },
    ])
  }
  return writeXlsxFile(rows, {
    columns: [
      { width: 42 },
      { width: 20 },
      { width: 22 },
      { width: 24 },
      { width: 10 },
      { width: 18 },
      ...costColumns.map(() => ({ width: 24 })),
    ],
  }).toBuffer()
}

import {
  type Amount,
  type BillFormat,
  type Condition,
  type Cost,
  columnKey,
  type Moment,
  type NumberStyle,
  type Quantity,
  type Text,
} from './bill-format'

/** How the engine sees the cells of one row: as text, and where the file has types, as an exact number or a moment. */
export type Cells = {
  /** SQL of a String, '' for null */
  text(index: number): string
  /** SQL of `Nullable(Decimal(76, 30))`, or null where the column is text */
  exact(index: number): string | null
  /** SQL of `Nullable(DateTime64(3, 'UTC'))`, or null where the column is text */
  time(index: number): string | null
}

/** Where a column of the file stands. */
export type Header = {
  names: readonly string[]
  /** how many columns of different keys there are */
  size: number
  find(names: readonly string[]): number | null
}

/** The first of several columns of the same key counts; the others are columns that nothing reads. */
export function headerOf(names: readonly string[]): Header {
  const byKey = new Map<string, number>()
  names.forEach((name, index) => {
    const key = columnKey(name)
    if (key !== '' && !byKey.has(key)) byKey.set(key, index)
  })
  return {
    names,
    size: byKey.size,
    find: (wanted) => {
      for (const name of wanted) {
        const index = byKey.get(columnKey(name))
        if (index !== undefined) return index
      }
      return null
    },
  }
}

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
const emptyTexts = "('', 'NULL', 'null', 'Null', '\\\\N')"
const numberPattern = '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$'
const timePattern =
  '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?( ?(Z|UTC|[+-][0-9]{2}:?[0-9]{2}))?)?$'
/** Currency signs and spaces that people write around amounts. */
const around = "[\\s\\x{00A0}\\x{202F}\\x{2009}\\x{2007}$€£¥₩₽₸₹'’]|원|руб[.]?"

/** What a rendering has read, so that every column it reads is checked and none of them is kept twice. */
export class BillSql {
  readonly read = new Set<number>()
  /** Columns of text that were read as numbers, with the style they are written in. */
  readonly numbers = new Map<number, NumberStyle | undefined>()
  /** Columns of text that were read as moments, with the SQL of the moment. */
  readonly moments = new Map<number, string>()
  private readonly named = new Map<string, string>()

  constructor(
    readonly header: Header,
    readonly cells: Cells,
  ) {}

  /**
   * Expressions that others refer to, as `sql AS name`, in order: without names the same text would stand in a statement
   * dozens of times. To be selected beside the cells, in the query that the other expressions read from.
   */
  get definitions(): string[] {
    return [...this.named].map(([sql, name]) => `${sql} AS ${name}`)
  }

  private name(sql: string): string {
    if (sql.length < 40) return sql
    let name = this.named.get(sql)
    if (name === undefined) {
      name = `x${this.named.size}`
      this.named.set(sql, name)
    }
    return name
  }

  private at(names: readonly string[]): number | null {
    const index = this.header.find(names)
    if (index !== null) this.read.add(index)
    return index
  }

  private textAt(index: number): string {
    return this.name(bare(this.cells.text(index)))
  }

  /** SQL of a text, '' where there is none. */
  text(expression: Text): string {
    return this.known(expression) ?? "''"
  }

  private known(expression: Text): string | null {
    const sql = this.render(expression)
    return sql === null || expression.op === 'literal' ? sql : this.name(sql)
  }

  /** SQL of a text, or null where the file has none of its columns. */
  private render(expression: Text): string | null {
    switch (expression.op) {
      case 'column': {
        const index = this.at(expression.names)
        return index === null ? null : this.textAt(index)
      }
      case 'literal':
        return expression.value === '' ? null : quoted(expression.value)
      case 'first': {
        const parts = expression.of.map((part) => this.known(part)).filter((part) => part !== null)
        return parts.reduceRight<string | null>(
          (rest, part) => (rest === null || part.startsWith("'") ? part : `if(${part} != '', ${part}, ${rest})`),
          null,
        )
      }
      case 'cases': {
        const pairs = expression.cases.map(({ when, value }) => [this.condition(when), this.text(value)] as const)
        const otherwise = this.text(expression.otherwise)
        const live = pairs.filter(([when]) => when !== '0')
        return live.length === 0
          ? otherwise
          : `multiIf(${live.map(([when, then]) => `${when}, ${then}`).join(', ')}, ${otherwise})`
      }
      case 'lookup': {
        const of = this.known(expression.of)
        const otherwise = this.text(expression.otherwise)
        if (of === null) return otherwise
        const from = Object.keys(expression.table)
        return `transform(${of}, [${from.map(quoted).join(', ')}], [${from.map((key) => quoted(expression.table[key]!)).join(', ')}], ${otherwise})`
      }
      case 'extract': {
        const of = this.known(expression.of)
        return of === null ? null : `extract(${of}, ${quoted(expression.pattern)})`
      }
      case 'without': {
        const of = this.known(expression.of)
        return of === null ? null : `replaceRegexpAll(${of}, ${quoted(expression.pattern)}, '')`
      }
      case 'lower': {
        const of = this.known(expression.of)
        return of === null ? null : `lowerUTF8(${of})`
      }
      case 'join': {
        const parts = expression.of.map((part) => this.known(part)).filter((part) => part !== null)
        return parts.length === 0 ? null : parts.length === 1 ? parts[0]! : `concat(${parts.join(', ')})`
      }
      case 'member': {
        const of = this.known(expression.of)
        if (of === null) return null
        const values = expression.keys.map((key) => `JSONExtractString(${of}, ${quoted(key)})`)
        return values.reduceRight((rest, value) => `if(${value} != '', ${value}, ${rest})`)
      }
      case 'object': {
        const part = (key: string, of: Text, number: boolean) => {
          const value = this.known(of)
          if (value === null) return []
          const isNumber = number ? `match(${value}, ${quoted(numberPattern)})` : '0'
          const written = number ? `if(${isNumber}, ${value}, toJSONString(${value}))` : `toJSONString(${value})`
          return [`if(${value} = '', '', concat(${quoted(`"${key}":`)}, ${written}))`]
        }
        const parts = [
          ...Object.entries(expression.texts).flatMap(([key, of]) => part(key, of, false)),
          ...Object.entries(expression.numbers).flatMap(([key, of]) => part(key, of, true)),
        ]
        if (parts.length === 0) return null
        const inner = this.name(`arrayStringConcat(arrayFilter(p -> p != '', [${parts.join(', ')}]), ',')`)
        return `if(${inner} = '', '', concat('{', ${inner}, '}'))`
      }
    }
  }

  /** SQL of a condition, `0` where it can never hold. */
  condition(condition: Condition): string {
    return this.name(this.renderCondition(condition))
  }

  private renderCondition(condition: Condition): string {
    switch (condition.op) {
      case 'in': {
        const of = this.known(condition.of)
        if (of === null) return condition.values.includes('') ? '1' : '0'
        return condition.values.length === 1
          ? `(${of} = ${quoted(condition.values[0]!)})`
          : `(${of} IN (${condition.values.map(quoted).join(', ')}))`
      }
      case 'empty': {
        const of = this.known(condition.of)
        return of === null ? '1' : `(${of} = '')`
      }
      case 'matches': {
        const of = this.known(condition.of)
        return of === null ? '0' : `match(${of}, ${quoted(condition.pattern)})`
      }
      case 'zero': {
        const of = this.amount(condition.of)
        return of === null ? '1' : `ifNull(${of} = 0, 1)`
      }
      case 'before': {
        const a = this.moment(condition.a)
        const b = this.moment(condition.b)
        return a === null || b === null ? '0' : `ifNull(${a} < ${b}, 0)`
      }
      case 'not': {
        const of = this.condition(condition.of)
        return of === '0' ? '1' : of === '1' ? '0' : `(NOT ${of})`
      }
      case 'all': {
        const parts = condition.of.map((part) => this.condition(part))
        if (parts.includes('0')) return '0'
        const open = parts.filter((part) => part !== '1')
        return open.length === 0 ? '1' : `(${open.join(' AND ')})`
      }
      case 'any': {
        const parts = condition.of.map((part) => this.condition(part))
        if (parts.includes('1')) return '1'
        const open = parts.filter((part) => part !== '0')
        return open.length === 0 ? '0' : `(${open.join(' OR ')})`
      }
    }
  }

  /** SQL of an amount as `Nullable(Decimal(76, 30))`, or null where the file has no such column. */
  amount({ names, member, style }: Amount): string | null {
    const index = this.at(names)
    if (index === null) return null
    if (member !== undefined) {
      const c = this.cells.text(index)
      const numbers = `extractAll(${c}, ${quoted(`"${member}"\\s*:\\s*"?([-+0-9.eE]+)`)})`
      return `if(${c} IN ${emptyTexts} OR ${c} = '[]', NULL, arraySum(a -> toDecimal256OrZero(a, 30), ${numbers}))`
    }
    const exact = this.cells.exact(index)
    if (exact !== null) return exact
    this.numbers.set(index, style)
    return this.name(`toDecimal256OrNull(${this.plain(index)}, 30)`)
  }

  /** SQL of the plain decimal text of a cell that is read as a number. */
  private plain(index: number): string {
    return this.name(plainNumber(this.cells.text(index), this.numbers.get(index), (sql) => this.name(sql)))
  }

  /** SQL of conditions: a cell that is read as a number holds something that is none, or that the ledger cannot hold whole. */
  badNumber(index: number): { notNumber: string; tooLong: string; unfit: string } {
    const plain = this.plain(index)
    const cell = this.cells.text(index)
    const empty = `trimBoth(${cell}) IN ${emptyTexts}`
    const number = `match(${plain}, '${numberPattern}')`
    const fraction = `(length(extract(${plain}, '[.]([0-9]*?)0*(?:[eE]|$)')) - toInt32OrZero(extract(${plain}, '[eE]([+-]?[0-9]+)$')))`
    const notNumber = `(NOT ${empty} AND NOT ${number})`
    const tooLong = `(${number} AND (isNull(toDecimal256OrNull(${plain}, 30)) OR (length(${plain}) > 24 OR positionCaseInsensitive(${plain}, 'e') > 0) AND ${fraction} > 30))`
    // Nearly all cells are empty or short plain decimals: told without a regular expression.
    const good = `(${plain} = '' OR isNotNull(toDecimal256OrNull(${plain}, 30)) AND length(${plain}) <= 24 AND positionCaseInsensitive(${plain}, 'e') = 0 AND countSubstrings(${plain}, '.') <= 1 AND ${plain} NOT IN ('-', '+', '.', '-.', '+.'))`
    return { notNumber, tooLong, unfit: `NOT ${good} AND (${notNumber} OR ${tooLong})` }
  }

  /** SQL of a cost as `Nullable(Decimal(76, 30))`. */
  cost(cost: Cost): string {
    const sql = this.renderCost(cost)
    return sql === unknownAmount ? sql : this.name(sql)
  }

  private renderCost({ cases }: Cost): string {
    const branches: [when: string, value: string][] = []
    for (const { when, sum, unknownWhenZero } of cases) {
      const condition = when === undefined ? '1' : this.condition(when)
      if (condition === '0') continue
      branches.push([condition, this.sum(sum, unknownWhenZero ?? false)])
      if (condition === '1') break
    }
    if (branches[0]?.[0] === '1') return branches[0][1]
    const last = branches.at(-1)?.[0] === '1' ? branches.pop()![1] : unknownAmount
    return branches.length === 0
      ? last
      : `multiIf(${branches.map(([when, value]) => `${when}, ${value}`).join(', ')}, ${last})`
  }

  private sum(terms: Cost['cases'][number]['sum'], unknownWhenZero: boolean): string {
    if (terms === null) return unknownAmount
    if (terms.length === 0) return "CAST(toDecimal256('0', 30), 'Nullable(Decimal(76, 30))')"
    const parts = terms.flatMap(({ first, minus }) => {
      const of = first.map((one) => this.amount(one)).filter((one) => one !== null)
      if (of.length === 0) return []
      return [{ value: of.length === 1 ? of[0]! : `coalesce(${of.join(', ')})`, minus: minus ?? false }]
    })
    if (parts.length === 0) return unknownAmount
    const [only] = parts
    const value =
      parts.length === 1 && !only!.minus
        ? only!.value
        : `if(${parts.map((part) => `isNull(${part.value})`).join(' AND ')}, NULL, ${parts
            .map((part, i) => `${part.minus ? '-' : i === 0 ? '' : '+'} ifNull(${part.value}, toDecimal256('0', 30))`)
            .join(' ')})`
    return unknownWhenZero ? `nullIf(${value}, toDecimal256('0', 30))` : value
  }

  /** SQL of a quantity or price as `Nullable(Decimal(76, 30))`, or null where the file says nothing of it. */
  quantity(expression: Quantity): string | null {
    switch (expression.op) {
      case 'amount':
        return this.amount(expression.of)
      case 'first': {
        const of = expression.of.map((one) => this.quantity(one)).filter((one) => one !== null)
        return of.length === 0 ? null : of.length === 1 ? of[0]! : `coalesce(${of.join(', ')})`
      }
      case 'times': {
        const [a, b] = expression.of.map((one) => this.quantity(one))
        if (a === null || a === undefined || b === null || b === undefined) return null
        return `toDecimal256OrNull(ifNull(toString(${a} * ${b}), ''), 30)`
      }
      case 'block': {
        const of = this.known(expression.of)
        if (of === null) return null
        const number = `toDecimal256OrNull(extract(${of}, '^([0-9]+([.][0-9]+)?)'), 30)`
        const scale = `multiIf(match(${of}, '^[0-9.]+ ?K\\\\b'), 1000, match(${of}, '^[0-9.]+ ?M\\\\b'), 1000000, 1)`
        return `(ifNull(${number}, toDecimal256('1', 30)) * ${scale})`
      }
      case 'when': {
        const condition = this.condition(expression.when)
        const then = this.quantity(expression.value)
        const otherwise = expression.otherwise === undefined ? null : this.quantity(expression.otherwise)
        if (condition === '0' || then === null) return otherwise
        if (condition === '1') return then
        return `if(${condition}, ${then}, ${otherwise ?? 'NULL'})`
      }
    }
  }

  /** SQL of a moment as `Nullable(DateTime64(3, 'UTC'))`, or null where the file has no such column. */
  moment(expression: Moment): string | null {
    switch (expression.op) {
      case 'moment': {
        if (expression.of.op === 'column') {
          const index = this.at(expression.of.names)
          if (index === null) return null
          const time = this.cells.time(index)
          if (time !== null) return time
          const moment = momentOf(this.textAt(index), expression.order, (sql) => this.name(sql))
          this.moments.set(index, moment)
          return moment
        }
        const of = this.known(expression.of)
        return of === null ? null : momentOf(of, expression.order, (sql) => this.name(sql))
      }
      case 'monthStart': {
        const of = this.moment(expression.of)
        return of === null ? null : `toDateTime64(toStartOfMonth(${of}), 3, 'UTC')`
      }
      case 'plus': {
        const of = this.moment(expression.of)
        if (of === null) return null
        const days = expression.days ? `addDays(${of}, ${expression.days})` : of
        return expression.months ? `addMonths(${days}, ${expression.months})` : days
      }
      case 'first': {
        const of = expression.of.map((one) => this.moment(one)).filter((one) => one !== null)
        return of.length === 0 ? null : of.length === 1 ? of[0]! : `coalesce(${of.join(', ')})`
      }
    }
  }

  /** SQL of the tags as `Map(LowCardinality(String), String)`, or null where the file has none. */
  tags(sources: NonNullable<BillFormat['tags']>): string | null {
    const maps: string[] = []
    for (const source of sources) {
      if (source.from === 'columns') {
        const pairs = this.header.names.flatMap((name, index) => {
          if (!source.pattern.test(name) || this.read.has(index)) return []
          this.read.add(index)
          return [[source.key(name), index] as const]
        })
        if (pairs.length > 0)
          maps.push(
            `mapFilter((k, v) -> v NOT IN ${emptyTexts}, map(${pairs.map(([key, index]) => `${quoted(key)}, ${this.cells.text(index)}`).join(', ')}))`,
          )
        continue
      }
      const index = this.at([source.column])
      if (index === null) continue
      const c = this.cells.text(index)
      const braced = `if(${c} IN ${emptyTexts}, '{}', if(startsWith(trimBoth(${c}), '{'), ${c}, concat('{', ${c}, '}')))`
      const key = (k: string) => {
        const stripped =
          source.from === 'object' && source.strip ? `replaceRegexpOne(${k}, ${quoted(source.strip)}, '')` : k
        return source.prefix ? `concat(${quoted(source.prefix)}, ${stripped})` : stripped
      }
      maps.push(
        source.from === 'object'
          ? `mapFilter((k, v) -> v != '', mapApply((k, v) -> (${key('k')}, v), JSONExtract(${braced}, 'Map(String, String)')))`
          : `mapFromArrays(arrayMap(p -> ${key("JSONExtractString(p, 'key')")}, JSONExtractArrayRaw(${c})), arrayMap(p -> JSONExtractString(p, 'value'), JSONExtractArrayRaw(${c})))`,
      )
    }
    if (maps.length === 0) return null
    const typed = maps.map((map) => `CAST(${map}, 'Map(String, String)')`)
    return this.name(typed.length === 1 ? typed[0]! : typed.reduce((a, b) => `mapUpdate(${a}, ${b})`))
  }
}

const bare = (c: string) => `if(${c} IN ${emptyTexts}, '', ${c})`
const unknownAmount = "CAST(NULL, 'Nullable(Decimal(76, 30))')"

/** SQL of the plain decimal text of a cell. */
function plainNumber(cell: string, style: NumberStyle | undefined, name: (sql: string) => string): string {
  if (style === undefined) return `trimBoth(${cell})`
  const bare = name(`replaceRegexpAll(${cell}, ${quoted(around)}, '')`)
  const separator = style.decimal === ',' ? '[.]' : ','
  const decimal = style.decimal === ',' ? ',' : '[.]'
  // Thousands in groups of three or not at all: 1,23 with a decimal point is a mistake, not 123.
  const shape = `^[-+(]?([0-9]+|[0-9]{1,3}(${separator}[0-9]{3})+)?(${decimal}[0-9]+)?([eE][-+]?[0-9]+)?[-)]?$`
  const digits = `replaceAll(replaceAll(replaceRegexpAll(${bare}, '[()+]|-$', ''), ${style.decimal === ',' ? "'.'" : "','"}, ''), ',', '.')`
  const negative = `(startsWith(${bare}, '(') OR endsWith(${bare}, '-') AND length(${bare}) > 1)`
  return `if(match(${bare}, '${shape}'), concat(if(${negative}, '-', ''), ${digits}), if(${bare} = '', '', '?'))`
}

function momentOf(text: string, order: 'mdy' | 'dmy', name: (sql: string) => string): string {
  const c = `trimBoth(${text})`
  const iso = `if(match(${c}, '${timePattern}'), parseDateTime64BestEffortOrNull(${c}, 3, 'UTC'), NULL)`
  const compact = `parseDateTime64BestEffortOrNull(concat(substring(${c}, 1, 4), '-', substring(${c}, 5, 2), '-', if(length(${c}) = 8, substring(${c}, 7, 2), '01')), 3, 'UTC')`
  const parts = (pattern: string) => {
    const groups = name(`extractGroups(${c}, '${pattern}')`)
    return (n: number) => `${groups}[${n}]`
  }
  const clock = '(?:[ T,]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?(?: ?UTC| ?Z)?$'
  const assembled = (year: string, month: string, day: string, part: (n: number) => string, from: number) =>
    `parseDateTime64BestEffortOrNull(concat(${year}, '-', leftPad(${month}, 2, '0'), '-', leftPad(${day}, 2, '0'), ' ', leftPad(if(${part(from)} = '', '0', ${part(from)}), 2, '0'), ':', if(${part(from + 1)} = '', '00', ${part(from + 1)}), ':', if(${part(from + 2)} = '', '00', ${part(from + 2)})), 3, 'UTC')`
  const d = parts(`^([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{2}|[0-9]{4})${clock}`)
  const year = `if(length(${d(3)}) = 2, concat('20', ${d(3)}), ${d(3)})`
  const written = assembled(year, d(order === 'mdy' ? 1 : 2), d(order === 'mdy' ? 2 : 1), d, 4)
  const y = parts(`^([0-9]{4})(?:[/.]|년) ?([0-9]{1,2})(?:[/.]|월) ?([0-9]{1,2})(?:[.]|일)?${clock}`)
  const yearFirst = assembled(y(1), y(2), y(3), y, 4)
  const m = parts('^([0-9]{4})(?:[-/.]|년 ?)([0-9]{1,2})월?$')
  const monthOnly = `parseDateTime64BestEffortOrNull(concat(${m(1)}, '-', leftPad(${m(2)}, 2, '0'), '-01'), 3, 'UTC')`
  return name(
    `multiIf(length(${c}) >= 10 AND substring(${c}, 5, 1) = '-', ${iso}, match(${c}, '^[0-9]{6}([0-9]{2})?$'), ${compact}, match(${c}, '^[0-9]{1,2}[/.-]'), ${written}, match(${c}, '^[0-9]{4}(?:[-/.]|년 ?)[0-9]{1,2}월?$'), ${monthOnly}, match(${c}, '^[0-9]{4}'), ${yearFirst}, NULL)`,
  )
}

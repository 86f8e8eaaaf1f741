/**
 * Whether a name fits a pattern: `*` stands for anything within a folder, `**` also across folders, `?` for one sign; several
 * patterns stand with commas. Without any the usual names of bills fit. Upper and lower case are the same.
 */
export function matcherOf(pattern: string | undefined): (name: string) => boolean {
  const patterns = (pattern ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
  const expressions = (patterns.length > 0 ? patterns : usual).map(expressionOf)
  return (name) => expressions.some((expression) => expression.test(name))
}

const usual = ['**.csv', '**.csv.gz', '**.csv.zst', '**.gz', '**.zst', '**.parquet']

function expressionOf(pattern: string): RegExp {
  // A pattern without a folder fits in every folder.
  const whole = pattern.includes('/')
    ? pattern.replace(/^\//, '')
    : `**${pattern.startsWith('**') ? pattern.slice(2) : `/${pattern}`}`
  const text = whole
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map((piece) => {
      if (piece === '**/') return '(?:.*/)?'
      if (piece === '**') return '.*'
      if (piece === '*') return '[^/]*'
      if (piece === '?') return '[^/]'
      return piece.replace(/[.+^${}()|[\]\\]/g, '\\$&')
    })
    .join('')
  return new RegExp(`^${text}$`, 'iu')
}

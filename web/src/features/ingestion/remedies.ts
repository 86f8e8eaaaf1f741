import type { LocaleId } from '../../i18n'

type Words = Record<LocaleId, string>

/** What to do about a kind of problem, by the words in its stable code. The server's message says what is wrong; this says how to go on. */
const remedies: [pattern: RegExp, words: Words][] = [
  [
    /currency/,
    {
      en: 'Write the three-letter ISO 4217 code in BillingCurrency.',
      ko: 'BillingCurrency에 ISO 4217 세 글자 코드를 적어 주세요.',
      ru: 'Укажите в BillingCurrency трёхбуквенный код ISO 4217.',
    },
  ],
  [
    /thousand|separator|number|decimal|numeric|digits|scale|precision/,
    {
      en: 'Write the number with a point and without thousands separators: 1234.56.',
      ko: '천 단위 구분 없이 점으로 소수를 적어 주세요: 1234.56.',
      ru: 'Запишите число с точкой и без разделителей тысяч: 1234.56.',
    },
  ],
  [
    /date|time|period/,
    {
      en: 'Write the time as 2026-11-01T00:00:00Z.',
      ko: '시각을 2026-11-01T00:00:00Z 형식으로 적어 주세요.',
      ru: 'Запишите время как 2026-11-01T00:00:00Z.',
    },
  ],
  [
    /missing|required|null|empty/,
    {
      en: 'Fill in the column; FOCUS requires a value here.',
      ko: '열을 채워 주세요. FOCUS에서 꼭 필요한 값이에요.',
      ru: 'Заполните столбец: FOCUS требует здесь значение.',
    },
  ],
  [
    /allowed|value|enum|category/,
    {
      en: 'Use one of the values that FOCUS allows for this column.',
      ko: '이 열에 FOCUS가 허용하는 값을 써 주세요.',
      ru: 'Используйте одно из значений, допустимых FOCUS для этого столбца.',
    },
  ],
  [
    /cells|columns|quote|csv|cut|width/,
    {
      en: 'Check quotes and separators: the row has another number of cells than the header.',
      ko: '따옴표와 구분자를 확인해 주세요. 칸 수가 머리글과 달라요.',
      ru: 'Проверьте кавычки и разделители: число ячеек не совпадает с заголовком.',
    },
  ],
  [
    /tag|json/,
    {
      en: 'Write the tags as a JSON object: {"team": "search"}.',
      ko: '태그를 JSON 객체로 적어 주세요: {"team": "search"}.',
      ru: 'Запишите теги объектом JSON: {"team": "search"}.',
    },
  ],
  [
    /encoding|utf/,
    { en: 'Save the file as UTF-8.', ko: '파일을 UTF-8로 저장해 주세요.', ru: 'Сохраните файл в UTF-8.' },
  ],
]

export function remedyFor(code: string, locale: LocaleId): string | null {
  const wanted = code.toLowerCase()
  return remedies.find(([pattern]) => pattern.test(wanted))?.[1][locale] ?? null
}

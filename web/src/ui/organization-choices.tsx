import { intlLocale, type LocaleId } from '../i18n'

const currencies = [
  'USD',
  'EUR',
  'KRW',
  'RUB',
  'GBP',
  'JPY',
  'CNY',
  'INR',
  'AUD',
  'BRL',
  'CAD',
  'CHF',
  'CZK',
  'DKK',
  'HKD',
  'IDR',
  'ILS',
  'KZT',
  'MXN',
  'NOK',
  'NZD',
  'PLN',
  'SEK',
  'SGD',
  'THB',
  'TRY',
  'TWD',
  'UAH',
  'UZS',
  'VND',
  'ZAR',
]

export function currencyChoices(current: string, locale: LocaleId) {
  const names = new Intl.DisplayNames(intlLocale[locale], { type: 'currency' })
  return (currencies.includes(current) ? currencies : [current, ...currencies]).map((code) => (
    <option key={code} value={code}>
      {code} · {names.of(code)}
    </option>
  ))
}

export function timeZoneChoices(current: string) {
  const zones = Intl.supportedValuesOf('timeZone')
  return [...new Set(['UTC', current, ...zones])].map((zone) => (
    <option key={zone} value={zone}>
      {zone.replaceAll('_', ' ')}
    </option>
  ))
}

export function languageChoices() {
  return (
    <>
      <option value="en">English</option>
      <option value="ko">한국어</option>
      <option value="ru">Русский</option>
    </>
  )
}

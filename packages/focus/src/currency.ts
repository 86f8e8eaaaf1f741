/** ISO 4217 as far as FOCUS needs it: is it a currency, and how small is its smallest coin. */

const isoCodes = new Set(Intl.supportedValuesOf('currency'))

/** True for a three-letter ISO 4217 code. Funds and test codes without money behind them do not count. */
export function isIsoCurrency(code: string): boolean {
  return /^[A-Z]{3}$/.test(code) && isoCodes.has(code)
}

/** Decimals of the smallest subunit: 2 for USD, 0 for JPY and KRW, 3 for BHD; 2 for codes ISO does not know. */
export function subunitDecimals(currency: string): number {
  if (!isIsoCurrency(currency)) return 2
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
}

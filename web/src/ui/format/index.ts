export {
  date,
  dateRange,
  dateTime,
  duration,
  localParts,
  relativeTime,
  time,
} from './dates'
export {
  abs,
  add,
  compare,
  isNegative,
  isZero,
  ratio,
  round,
  subtract,
  sum,
  toNumber,
  trim,
} from './decimal'
export {
  bytes,
  count,
  currencyDecimals,
  currencySymbol,
  delta,
  type Locale,
  money,
  moneyParts,
  nbsp,
  percent,
  points,
  tokens,
  unitPrice,
  unknown,
} from './numbers'
export { roundParts } from './round-parts'

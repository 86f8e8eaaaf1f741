export { type AddressGuard, createAddressGuard, type ResolvedAddress } from './address-guard'
export { ArchiveGuard, type ArchiveLimits, archiveLimits } from './archive-guard'
export type { Text as BillText } from './bill-format'
export * from './bill-format'
export {
  type CostReading,
  costReading,
  evaluateCondition,
  generationOf,
  memberNumbers,
  readNumber,
  recogniseBill,
  sumOfCost,
} from './bill-rows'
export { BillSql, type Cells, type Header, headerOf } from './bill-sql'
export { dayOf, isoSecond, monthOf, shareOf } from './calendar'
export type {
  Account,
  ChargeRow,
  Check,
  Connector,
  Context,
  FileDelivery,
  Page,
  Problem,
  ReadRequest,
  SourceFile,
  TestReport,
  UsageRow,
} from './connector'
export { addDecimals, isDecimal, movePoint, plainDecimal, subtractDecimals } from './decimal'
export { AnswerReader, type ExactJson, parseExactJson } from './exact-json'
export { type FailureCode, ProviderFailure } from './failure'
export { createHttp, type ExchangeRequest, type Http, type HttpOptions, type HttpRequest } from './http'
export {
  type CredentialField,
  type Manifest,
  manifestProblems,
  type Read,
  type ReadKind,
  type Right,
  type SetUpStep,
  type Text,
} from './manifest'
export { matcherOf } from './match-name'
export { followPages } from './paging'
export { type Clock, RateLimiter, systemClock } from './rate-limit'
export { isWorthAnother, readResuming } from './read-resuming'
export { redact } from './redact'
export { guardedTransport, type Transport, type TransportRequest, type TransportResponse } from './transport'
export { tryRight } from './try-right'

export * from './columns'
export {
  type Conversion,
  type ConversionProblem,
  type Converter,
  type ConvertOptions,
  convertedHeaders,
  convertToFocus14,
  createConverter,
  entitiesOf,
  isSameEntity,
  readDirtyNumber,
  removedColumns,
} from './convert'
export { isIsoCurrency, subunitDecimals } from './currency'
export { type InstantReading, isFocusInstant, readInstant } from './date-time'
export { formatReport } from './format-report'
export { applicabilityCriteria, type OfficialRuleIds, officialRuleIds } from './official-rules'
export { officialToolDifferences, type ToolDifference } from './official-tool'
export { CsvError, type CsvOptions, detectDelimiter, readCsv } from './read-csv'
export { readFocusFile } from './read-file'
export { readParquet } from './read-parquet'
export type { FocusRecord, FocusRow, RowSource } from './row'
export { type Check, type Keyword, type Rule, type RuleKind, rulesOf } from './rules'
export { invoiceTolerance } from './tolerance'
export { unitProblem } from './unit'
export {
  type Finding,
  type InvoiceSum,
  type IssuedInvoice,
  type RuleVerdict,
  type Severity,
  type ValidateOptions,
  type ValidationReport,
  Validator,
} from './validate'
export { validateFile, validateRows, validateSource } from './validate-file'
export { writeCsv } from './write-csv'
export { type ParquetOptions, writeParquet, writeParquetBytes } from './write-parquet'

import type { CsvOptions } from './read-csv'
import { readFocusFile } from './read-file'
import type { FocusRow, RowSource } from './row'
import { uniqueHeaders } from './row'
import { type ValidateOptions, type ValidationReport, Validator } from './validate'

/** Validates a CSV or Parquet file, row by row. @throws when the file cannot be read or is no CSV. */
export async function validateFile(
  path: string,
  options: ValidateOptions & CsvOptions = {},
): Promise<ValidationReport> {
  return validateSource(await readFocusFile(path, options), options)
}

/** Validates rows of a source that is already open. */
export async function validateSource(source: RowSource, options: ValidateOptions = {}): Promise<ValidationReport> {
  const validator = new Validator(uniqueHeaders(source.headers).names, options)
  for (const problem of source.headerProblems) validator.reportReading(null, problem)
  for await (const { row, rowNumber, problem } of source.records) {
    if (problem !== null) validator.reportReading(rowNumber, problem)
    validator.add(row, rowNumber)
  }
  return validator.report()
}

/** Validates rows in memory. */
export function validateRows(
  rows: Iterable<FocusRow>,
  options: ValidateOptions & { headers?: readonly string[] } = {},
): ValidationReport {
  const list = [...rows]
  const validator = new Validator(options.headers ?? [...new Set(list.flatMap((row) => Object.keys(row)))], options)
  for (const row of list) validator.add(row)
  return validator.report()
}

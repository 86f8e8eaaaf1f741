import { parseArgs } from 'node:util'
import { formatReport, validateFile } from '@infrazen/focus'
import { invalid } from '../primitives/errors'

/** `infrazen focus validate FILE…`: needs no server. Returns 0 when every file keeps every MUST, 1 otherwise. */
export async function validateFocusFile(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false } },
  })
  if (positionals.length === 0) throw invalid('no_files', 'Name a file: infrazen focus validate FILE')
  let failures = 0
  for (const file of positionals) {
    const report = await validateFile(file)
    if (!report.passed) failures++
    if (positionals.length > 1 && !values.json) process.stdout.write(`${file}\n`)
    process.stdout.write(`${values.json ? JSON.stringify(report, exactly) : formatReport(report)}\n`)
  }
  return failures === 0 ? 0 : 1
}

const exactly = (_key: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)

import { readFileSync } from 'node:fs'
import { verifyCertificates } from '../modules/allocation'
import { Certificate } from '../modules/allocation/contract'
import { invalid } from '../primitives/errors'

/** `infrazen verify FILE…`: checks certificates of closed months without a server. Returns 1 when one does not hold. */
export function verifyFiles(files: string[]): number {
  if (files.length === 0) throw invalid('usage', 'Name at least one certificate: infrazen verify FILE…')
  const certificates = files.flatMap((file) => {
    let content: unknown
    try {
      content = JSON.parse(readFileSync(file, 'utf8'))
    } catch (cause) {
      throw invalid(
        'bad_certificate',
        `${file} cannot be read as JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      )
    }
    return (Array.isArray(content) ? content : [content]).map((one) => {
      const read = Certificate.safeParse(one)
      if (!read.success)
        throw invalid(
          'bad_certificate',
          `${file} is not a certificate of a closed month: ${read.error.issues[0]?.path.join('.')} ${read.error.issues[0]?.message}`,
        )
      return read.data
    })
  })
  const problems = verifyCertificates(certificates)
  for (const { month, hash } of certificates)
    process.stdout.write(
      `${month}: ${problems.some((problem) => problem.month === month) ? 'DOES NOT HOLD' : 'holds'} (${hash})\n`,
    )
  for (const { month, problem } of problems) process.stdout.write(`${month}: ${problem}\n`)
  return problems.length === 0 ? 0 : 1
}

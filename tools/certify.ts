// `npm run certify [NAME…]`: holds connectors to the conformance pack and writes docs/connectors/<name>.md.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { type ConformanceSubject, certificatePage, runConformance } from '../connectors/kit/src/testing/index'

const connectors = new URL('../connectors/', import.meta.url)
const pages = new URL('../docs/connectors/', import.meta.url)

async function certify(): Promise<number> {
  mkdirSync(pages, { recursive: true })
  const wanted = process.argv.slice(2)
  let broken = 0
  for (const name of readdirSync(connectors).sort()) {
    const fixture = new URL(`${name}/src/conformance.fixture.ts`, connectors)
    if (!existsSync(fixture) || (wanted.length > 0 && !wanted.includes(name))) continue
    const { default: subjects } = (await import(fixture.href)) as { default: readonly ConformanceSubject[] }
    const certificates = await Promise.all(subjects.map(runConformance))
    for (const { manifest } of new Set(subjects.map((subject) => subject.connector)))
      writeFileSync(
        new URL(`${manifest.id}.md`, pages),
        certificatePage(
          manifest,
          certificates.filter((certificate) => certificate.connector === manifest.id),
        ),
      )
    for (const { connector, lines, variant } of certificates) {
      const lost = lines.filter((line) => !line.kept)
      broken += lost.length
      const title = [connector, variant].filter(Boolean).join(', ')
      process.stdout.write(`${title}: ${lines.length - lost.length} of ${lines.length} kept\n`)
      for (const { promise, evidence } of lost) process.stdout.write(`  broken: ${promise}: ${evidence}\n`)
    }
  }
  return broken === 0 ? 0 : 1
}

certify().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    process.exit(1)
  },
)

import { Failure } from '../primitives/errors'
import { version } from '../version'
import { doctor } from './doctor'
import { validateFocusFile } from './focus-validate'
import { importFiles } from './import-files'
import { restore } from './restore'
import { rotateSealedSecrets } from './rotate-secrets'
import { allocationRules } from './rules'
import { verifyFiles } from './verify'

const usage = `infrazen ${version}

  infrazen serve [--demo]              start the server
      --roles ROLES      with both stores on servers: which of api, ingest, gateway, worker this copy does (all)
  infrazen doctor                      check settings, versions, permissions, disk and both stores
  infrazen restore SNAPSHOT            put a copy from the snapshots folder in the place of the embedded database
  infrazen import FILE…                send bills to the running server
      --key KEY          API key (or INFRAZEN_API_KEY)
      --url URL          the server (or INFRAZEN_URL; http://127.0.0.1:4000)
      --connection NAME  which source the files belong to (files)
      --format FORMAT    focus or auto (focus)
      --currency CODE    for files without BillingCurrency
      --delivery HOW     auto, replace or append (auto)
  infrazen rules export [FILE]         the allocation rules as a YAML file (--key, --url as above)
  infrazen rules lint|plan|apply FILE  check a rule file, show what it would change, put it in force
      --note TEXT        why, kept with the version
      --check            plan: fail when something would change
  infrazen verify FILE…                check certificates of closed months, without a server
  infrazen focus validate FILE         check a file against the rules of FOCUS
      --json             the whole verdict as JSON
  infrazen secrets rotate              seal credentials with INFRAZEN_SECRET_KEY; the key before it stands
                                       in INFRAZEN_PREVIOUS_SECRET_KEYS
`

const [command, ...rest] = process.argv.slice(2)

async function main(): Promise<number> {
  switch (command) {
    case 'doctor':
      return doctor()
    case 'import':
      return importFiles(rest)
    case 'restore':
      return restore(rest)
    case 'rules':
      return allocationRules(rest)
    case 'verify':
      return verifyFiles(rest)
    case 'focus':
      if (rest[0] === 'validate') return validateFocusFile(rest.slice(1))
      break
    case 'secrets':
      if (rest[0] === 'rotate') return rotateSealedSecrets()
      break
    case '--version':
    case 'version':
      process.stdout.write(`${version}\n`)
      return 0
    case undefined:
    case 'help':
    case '--help':
    case '-h':
      process.stdout.write(usage)
      return 0
  }
  process.stderr.write(`Unknown command: ${[command, ...rest].join(' ')}\n\n${usage}`)
  return 2
}

main().then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    const expected = error instanceof Failure || (error instanceof TypeError && 'code' in error)
    process.stderr.write(
      `${expected ? (error as Error).message : error instanceof Error ? error.stack : String(error)}\n`,
    )
    process.exitCode = 1
  },
)

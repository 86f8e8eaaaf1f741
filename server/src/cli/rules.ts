import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { invalid } from '../primitives/errors'
import { ask, type Target, targetOf } from './server'

type Finding = { level: 'error' | 'warning'; code: string; at: string; message: string }
type Step = { what: string; id: string; change: string }
const out = (line: string) => process.stdout.write(`${line}\n`)
const path = '/api/v1/allocation/rules'

/**
 * `infrazen rules export|lint|plan|apply FILE`: the allocation rules as a file for review in git, through the running server.
 * Returns 1 where a file has errors; `plan --check` also where applying it would change something.
 */
export async function allocationRules(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      key: { type: 'string' },
      url: { type: 'string' },
      note: { type: 'string', default: '' },
      check: { type: 'boolean', default: false },
    },
  })
  const [command, file] = positionals
  const target = targetOf(values)
  if (command === 'export') return exportRules(target, file)
  if (file === undefined || !['lint', 'plan', 'apply', 'import'].includes(command ?? ''))
    throw invalid('usage', 'Use: infrazen rules export [FILE] | lint FILE | plan FILE | apply FILE')
  const text = readFileSync(file, 'utf8')
  const post = <T>(what: string, body: object) =>
    ask<T>(target, `${path}/file/${what}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  if (command === 'lint') {
    const { ok, findings } = await post<{ ok: boolean; findings: Finding[] }>('lint', { text })
    report(findings)
    if (ok) out(`${file}: ${findings.length === 0 ? 'nothing to complain about' : 'no errors'}`)
    return ok ? 0 : 1
  }
  const plan = await post<{ basedOn: number; findings: Finding[]; steps: Step[] }>('plan', { text })
  report(plan.findings)
  for (const step of plan.steps) out(`${sign(step.change)} ${step.what} ${step.id} (${step.change})`)
  const broken = plan.findings.some((finding) => finding.level === 'error')
  if (plan.steps.length === 0) out(`Version ${plan.basedOn} is in force already; nothing would change.`)
  if (command === 'plan') return broken || (values.check && plan.steps.length > 0) ? 1 : 0
  if (broken) return 1
  const { version } = await post<{ version: number }>('apply', { text, note: values.note })
  out(`Version ${version} is in force.`)
  return 0
}

async function exportRules(target: Target, file: string | undefined): Promise<number> {
  const text = await ask<string>(target, `${path}/file`)
  if (file === undefined) process.stdout.write(text)
  else writeFileSync(file, text)
  return 0
}

function report(findings: Finding[]): void {
  for (const { level, at, message } of findings) out(`${level} at ${at}: ${message}`)
}

const sign = (change: string) =>
  (({ added: '+', removed: '-', changed: '~', moved: '~' }) as Record<string, string>)[change] ?? ' '

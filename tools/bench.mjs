#!/usr/bin/env node
// `npm run bench [-- --quick]`: measures the product against its own engine, prints one table and keeps it in docs/benchmarks.md.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { build as bundle } from 'esbuild'
import { addressesOfSources, build, checkNode, install, ownPackages } from './lib/prepare.mjs'
import { fail, root, say } from './lib/run.mjs'

const quick = process.argv.includes('--quick')
const onlyAt = process.argv.indexOf('--only')
const only = onlyAt === -1 ? null : process.argv[onlyAt + 1].split(',')
const wants = (step) => only === null || only.includes(step)
const sizes = quick
  ? {
      spans: 50_000,
      importRows: 300_000,
      importRuns: 3,
      events: 1_000_000,
      evenEvents: 1_000_000,
      pages: 50,
      calls: 200_000,
      charges: 1_000_000,
      curRows: 300_000,
    }
  : {
      spans: 200_000,
      importRows: 5_000_000,
      importRuns: 1,
      events: 20_000_000,
      evenEvents: 20_000_000,
      pages: 50,
      calls: 1_000_000,
      charges: 10_000_000,
      curRows: 10_000_000,
    }

checkNode()
await install()
await build({ page: false })
// Beside the server's packages, so that the bundles find them.
const out = join(root, 'server', 'node_modules', '.cache', 'bench')
await bundle({
  absWorkingDir: root,
  entryPoints: {
    otlp: 'tools/bench-otlp.ts',
    import: 'tools/bench/import.ts',
    cur: 'tools/bench/cur.ts',
    questions: 'tools/bench/questions.ts',
    pricing: 'tools/bench/pricing.ts',
    allocation: 'tools/bench/allocation.ts',
    page: 'tools/bench/page.ts',
  },
  outdir: out,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  plugins: [ownPackages(), addressesOfSources(out)],
  logLevel: 'warning',
})

const scratch = mkdtempSync(join(tmpdir(), 'bench-'))
const children = new Set()
process.on('exit', () => {
  for (const child of children) child.kill()
  rmSync(scratch, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

/** Runs one measurement in a process of its own and reads the last line it prints. */
function step(name, ...args) {
  say(`${name} ${args.filter((arg) => !String(arg).startsWith(scratch)).join(' ')} …`)
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(out, `${name}.mjs`), ...args.map(String)], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, UV_THREADPOOL_SIZE: '16', NODE_ENV: 'production' },
    })
    children.add(child)
    let output = ''
    child.stdout.on('data', (data) => {
      output += data
    })
    child.on('close', (code) => {
      children.delete(child)
      if (code !== 0) fail(`${name} failed with exit code ${code}.\n${output}`)
      resolve(JSON.parse(output.trim().split('\n').at(-1)))
    })
  })
}

const startedLoad = loadavg()[0]
const table = []
const row = (what, figure, baseline, ratio, wanted, met) => table.push({ what, figure, baseline, ratio, wanted, met })
const number = (value, digits = 0) =>
  value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: digits })
const mebibytes = (bytes) => `${number(bytes / 1_048_576)} MiB`
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]

if (wants('otlp')) {
  const f = await step('otlp', sizes.spans)
  row(
    `OTLP protobuf spans acknowledged, ${number(f.spans)} spans`,
    `${number(f.acknowledged)}/s`,
    `engine insert of the same rows ${number(f.rawInsert)}/s`,
    f.ratio.toFixed(2),
    '≥ 0.25 (aim 0.5)',
    f.ratio >= 0.25,
  )
  row('One span alone, sent to acknowledged', `p50 ${f.loneP50.toFixed(0)} ms, p99 ${f.loneP99.toFixed(0)} ms`)
  row('Bytes a usage event on disk, OTLP, merged', number(f.bytesPerEvent, 1))
}

if (wants('import')) {
  for (const format of ['csv', 'parquet']) {
    const path = join(scratch, `bill.${format}`)
    const { bytes } = await step('import', 'make', format, path, sizes.importRows)
    const engine = []
    const product = []
    for (let run = 0; run < sizes.importRuns; run++) {
      engine.push(await step('import', 'engine', format, path))
      product.push(await step('import', 'product', format, path))
    }
    rmSync(path)
    const own = median(product.map((f) => f.seconds))
    const base = median(engine.map((f) => f.seconds))
    const label = format === 'csv' ? 'CSV' : 'Parquet'
    row(
      `Import of FOCUS ${label}, ${number(sizes.importRows)} rows × 44 columns, ${mebibytes(bytes)}`,
      `${own.toFixed(1)} s`,
      `engine reads and writes the file ${base.toFixed(1)} s`,
      (base / own).toFixed(2),
      '≥ 0.5',
      base / own >= 0.5,
    )
    const ownCpu = median(product.map((f) => f.cpuSeconds))
    const baseCpu = median(engine.map((f) => f.cpuSeconds))
    row(
      'Processor time of that import',
      `${ownCpu.toFixed(1)} s`,
      `engine ${baseCpu.toFixed(1)} s`,
      (baseCpu / ownCpu).toFixed(2),
    )
    row(
      'Peak resident memory of that import',
      mebibytes(Math.max(...product.map((f) => f.peakBytes))),
      `engine alone ${mebibytes(Math.max(...engine.map((f) => f.peakBytes)))}`,
      '',
      '< 1,536 MiB',
      Math.max(...product.map((f) => f.peakBytes)) < 1536 * 1_048_576,
    )
  }
}

if (wants('cur')) {
  const rowsAt = process.argv.indexOf('--rows')
  const rows = rowsAt === -1 ? sizes.curRows : Number(process.argv[rowsAt + 1])
  for (const format of ['csv', 'parquet']) {
    const path = join(scratch, `cur.${format}`)
    const { bytes } = await step('cur', 'make', format, path, rows)
    const engine = await step('cur', 'engine', format, path)
    const product = await step('cur', 'product', format, path)
    rmSync(path)
    row(
      `Import of an AWS report, ${format === 'csv' ? 'CSV' : 'Parquet'}, ${number(rows)} rows, ${mebibytes(bytes)}`,
      `${product.seconds.toFixed(1)} s, processors ${product.cpuSeconds.toFixed(1)} s`,
      `engine copies its rows ${engine.seconds.toFixed(1)} s, processors ${engine.cpuSeconds.toFixed(1)} s`,
      (engine.seconds / product.seconds).toFixed(2),
      '≥ 0.5',
      engine.seconds / product.seconds >= 0.5,
    )
    row(
      'Peak resident memory of that import',
      mebibytes(product.peakBytes),
      `engine alone ${mebibytes(engine.peakBytes)}`,
      '',
      '< 1,536 MiB',
      product.peakBytes < 1536 * 1_048_576,
    )
  }
}

if (wants('questions')) {
  const f = await step('questions', sizes.events, 'traces')
  const even = await step('questions', sizes.evenEvents, 'even')
  const against = ({ scanMs }) => `scan of the raw events ${number(scanMs)} ms`
  for (const [what, run] of [
    ['', f],
    [', calls spread evenly', even],
  ])
    row(
      `90 days × team × model over ${number(run.events)} usage events${what}, asked anew over HTTP`,
      `p50 ${number(run.productMs)} ms, p95 ${number(run.productP95)} ms`,
      against(run),
      `${(run.scanMs / run.productMs).toFixed(1)}×`,
      '≥ 20×',
      run.scanMs / run.productMs >= 20,
    )
  row(
    '90 days × day of Seoul × team, asked anew',
    `p50 ${number(f.dailyMs)} ms`,
    against(f),
    `${(f.scanMs / f.dailyMs).toFixed(1)}×`,
  )
  row('The first question after a start', `${number(f.afterStartMs)} ms`)
  row('A question whose answer is kept', `p50 ${number(f.keptMs)} ms`)
  row(
    'The same question by 50 users at once, asked anew',
    `p95 ${number(f.sameP95)} ms`,
    '',
    '',
    '< 200 ms',
    f.sameP95 < 200,
  )
  row(
    '50 different questions (team and period) by 50 users at once, asked anew',
    `p95 ${number(f.differentP95)} ms`,
    '',
    '',
    '< 200 ms',
    f.differentP95 < 200,
  )
  row('Those 50 questions again', `p95 ${number(f.againP95)} ms`, '', '', '< 200 ms', f.againP95 < 200)
  row(
    'Processor time of the server for 50 at once: the same anew, different anew, kept',
    `${number(f.sameProcessorMs)}, ${number(f.differentProcessorMs)}, ${number(f.againProcessorMs)} ms`,
  )
  const rows = ({ rows: [, quarters, coarse] }) =>
    `${number(quarters)} by quarter hour, ${number(coarse)} by hour and day`
  row('Rows of the roll-ups', rows(f), `spread evenly ${rows(even)}`)
  row(
    'Bytes a usage event on disk: events, quarter hours, hours and days, merged',
    f.bytesPerEvent.map((bytes) => number(bytes, 1)).join(' + '),
    `spread evenly ${even.bytesPerEvent.map((bytes) => number(bytes, 1)).join(' + ')}`,
  )
}

if (wants('allocation')) {
  const f = await step('allocation', sizes.charges)
  if (!f.equal) fail('The parts of the benchmarked run do not add up to the ledger.')
  row(
    `A month of ${number(f.charges)} charges under ${f.rules} rules and ${f.pools} shared pots, with its proof`,
    `${number(f.runMs)} ms`,
    `plain GROUP BY of the same rows ${number(f.groupByMs)} ms`,
    (f.runMs / f.groupByMs).toFixed(2),
    sizes.charges === 1_000_000 ? '≤ 2, < 2,000 ms (a preview is such a run)' : '≤ 2',
    f.runMs / f.groupByMs <= 2 && (sizes.charges > 1_000_000 || f.runMs < 2000),
  )
}

if (wants('pricing')) {
  const f = await step('pricing', sizes.calls)
  const baseline = `the same events read as JSON ${number(f.json)}/s`
  const wanted = 200_000
  row(
    'Span attributes → leaf units → exact cost, one core',
    `${number(f.spans)}/s`,
    baseline,
    (f.spans / f.json).toFixed(2),
    '≥ 200,000/s',
    f.spans >= wanted,
  )
  row(
    'The same with a contract price and a discount in front of the list',
    `${number(f.contract)}/s`,
    baseline,
    (f.contract / f.json).toFixed(2),
  )
  row(
    'Provider usage block → leaf units → exact cost, one core',
    `${number(f.blocks)}/s`,
    '',
    '',
    '≥ 200,000/s',
    f.blocks >= wanted,
  )
}

if (wants('page')) {
  const f = await step('page', sizes.pages)
  row(
    `Event to page, ${sizes.pages} spans: acknowledged → told by the stream → answer holds it`,
    `p50 ${number(f.p50)} ms, p99 ${number(f.p99)} ms`,
  )
  row('  of that, acknowledged → told by the stream', `p50 ${number(f.toldP50)} ms, p99 ${number(f.toldP99)} ms`)
  row('Server memory, idle and at its peak under that load', `${mebibytes(f.idleBytes)}, ${mebibytes(f.peakBytes)}`)
}

const cells = table.map((r) => [
  r.what,
  r.figure,
  r.baseline ?? '',
  r.ratio ?? '',
  r.wanted ?? '',
  r.met === undefined ? '' : r.met ? 'met' : '**missed**',
])
const heading = ['What', 'Figure', 'Against', 'Ratio', 'Wanted', '']
const lines = [heading, heading.map(() => '---'), ...cells].map((line) => `| ${line.join(' | ')} |`)
const text = `# Benchmarks

Written by \`npm run bench${quick ? ' -- --quick' : ''}\`${quick ? ' (smaller sizes than `npm run bench`)' : ''} on ${new Date().toISOString().slice(0, 10)}. Ratios are of one run on one machine, the two sides
one after the other; absolute figures belong to that machine. Measured with the embedded engine.

- Machine: ${cpus().length} cores, ${number(totalmem() / 1_073_741_824)} GiB memory, Linux ${release().split('-')[0]}, Node.js ${process.versions.node}
- Load before the run ${startedLoad.toFixed(1)}, at its end ${loadavg()[0].toFixed(1)} (1-minute average; a quiet machine starts near 0)
- Import: each run is a process of its own on an empty ledger; ${sizes.importRuns === 1 ? 'one run a side' : `median of ${sizes.importRuns} runs, engine and product taking turns`}. The engine's side reads the
  file into an equal table with the ledger's column types, without checks, tags, row numbers, sums or batches.
- Questions: asked over HTTP of a running server whose organization lives in Seoul, so that its days are not UTC's. Before each
  question asked anew a call arrives in its period, which ends every kept answer. Half of one provider's days are billed. Calls
  of 40 features in 20 teams weigh what the 40 largest clients of a public trace weigh, in its hours and weekdays; 12 models, one
  of them with 80 % of a feature's calls. Spread evenly, every feature calls every model at any time: the worst case.

${lines.join('\n')}
`
console.log(`\n${lines.join('\n')}\n`)
if (only === null) {
  mkdirSync(join(root, 'docs'), { recursive: true })
  writeFileSync(join(root, 'docs', 'benchmarks.md'), text)
  say('Kept in docs/benchmarks.md.')
}

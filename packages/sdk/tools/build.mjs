#!/usr/bin/env node
// Builds what is published: ESM, CommonJS and types. The price book is a file of its own, read when a run first needs it.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const folder = dirname(dirname(fileURLToPath(import.meta.url)))
const out = process.argv[2] ?? join(folder, 'dist')
rmSync(out, { recursive: true, force: true })

for (const [format, end] of [
  ['esm', '.mjs'],
  ['cjs', '.cjs'],
]) {
  await build({
    absWorkingDir: folder,
    entryPoints: { index: 'src/index.ts', pricing: 'src/pricing.ts' },
    outdir: out,
    outExtension: { '.js': end },
    bundle: true,
    format,
    // With it, names of a CommonJS file can be read by import().
    platform: format === 'cjs' ? 'node' : 'neutral',
    target: 'es2022',
    plugins: [
      {
        name: 'price-book-apart',
        setup(builder) {
          builder.onResolve({ filter: /^\.\/pricing$/ }, ({ kind }) =>
            kind === 'dynamic-import' ? { path: `./pricing${end}`, external: true } : null,
          )
        },
      },
    ],
  })
}

const typescript = createRequire(import.meta.url).resolve('typescript/package.json')
const { status } = spawnSync(
  process.execPath,
  [
    join(dirname(typescript), 'bin', 'tsc'),
    ...['-p', join(folder, 'tsconfig.build.json'), '--outDir', out, '--declaration', '--emitDeclarationOnly'],
  ],
  { stdio: 'inherit' },
)
if (status !== 0) process.exit(1)
// Each module system resolves types by file names of its own.
for (const name of readdirSync(out).filter((file) => file.endsWith('.d.ts'))) {
  const types = readFileSync(join(out, name), 'utf8')
  const ending = (end) => types.replace(/(from |import\()'(\.\/[\w-]+)'/g, `$1'$2${end}'`)
  writeFileSync(join(out, name.replace(/\.d\.ts$/, '.d.cts')), ending('.cjs'))
  writeFileSync(join(out, name.replace(/\.d\.ts$/, '.d.mts')), ending('.mjs'))
  rmSync(join(out, name))
}
